"""Looks for people in whatever a report has written, packed or not."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pypdf

# Letters and digits in these mean nothing: places in a sheet, and hashes cut into groups.
_NO_WORDS = re.compile(
    r'\br="[A-Z]+\d+"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
    r"|sha256-[A-Za-z0-9+/=]+"
)


def people(database: Path) -> set[str]:
    """Return everything that the directory of published tables calls a person."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as published (read_only)")
        rows = connection.execute(
            "select unnest([engineer_id, name, email]) from published.audit.engineers union"
            " select account from published.audit.identities where engineer_id is not null"
        ).fetchall()
    return {value for (value,) in rows if value}


def text(path: Path) -> str:
    """Return all text in a file: of a workbook its parts, of a PDF its pages and titles."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            found = "\n".join(archive.read(name).decode() for name in archive.namelist())
    elif path.suffix == ".pdf":
        reader = pypdf.PdfReader(path)
        found = " ".join([*(page.extract_text() for page in reader.pages), str(reader.metadata)])
    else:
        found = path.read_text(encoding="utf-8")
    return html.unescape(_NO_WORDS.sub(" ", found))


def named(paths: Iterable[Path], identifiers: Iterable[str]) -> dict[str, set[str]]:
    """Return by file name whom its text names."""
    names = "|".join(map(re.escape, sorted(identifiers, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![^\W_])(?:{names})(?![^\W_])", re.IGNORECASE)
    found = {path.name: set(pattern.findall(text(path))) for path in paths}
    return {name: hits for name, hits in found.items() if hits}
