"""Names that somebody chose to do harm do none, in whatever the audit writes."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from click.testing import CliRunner
from markdown_it import MarkdownIt
from pypdf import PdfReader

from oncall_audit.channels import KINDS
from oncall_audit.cli import findings, notify, sql
from oncall_audit.evidence import register
from oncall_audit.reports import FORMATS, render
from oncall_audit.reports.populations import Scope, write_populations
from oncall_audit.reports.published import Published
from oncall_audit.reports.text import csv_cell, visible
from oncall_audit.workspace import Workspace

_TEMPLATES = Path(__file__).parents[3] / "flows" / "oncall_audit" / "reports" / "templates"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% include 'x' %}",
    "=cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\uff1d1+1",
    "\u200b=1+1",
    "\u202egpj.exe",
    "\x1b[31m\x1b]0;title\x07",
    "\x9b31m",
    "a\x00b",
    "../../../../etc/passwd",
    "[report](https://evil.example.com)",
    "![x](https://evil.example.com/x.png)",
    "<https://evil.example.com>",
    "|\n# heading\n\n- item",
    "<!channel> @here *bold*",
    "'; drop table findings; --",
    "x" * 2_000,
)
# Every column of text that somebody else's system fills.
_NAMED = {
    "engineers": ("name", "email", "team"),
    "identities": ("account",),
    "resources": ("resource_id", "service", "owner_team"),
    "sessions": ("account", "resource_id", "service", "raw_file"),
    "shifts": ("schedule", "service"),
    "incidents": ("incident_id", "service"),
    "entitlements": ("account", "resource_id", "permission", "granted_via"),
    "entitlement_drift": ("account", "resource_id", "permission", "kind"),
    "access_map": ("resource_id", "permission", "granted_via"),
    "findings": ("account", "resource_id", "resource_name", "service", "summary", "raw_file"),
    "log_batches": ("path",),
    "coverage": ("source_name",),
    "quarantined_records": ("path", "reason"),
    "audit_actions": ("engineer", "reason"),
}


_KEYS = ("engineer_id", "session_id", "shift_id", "finding_id")


def _plant(database: Path) -> None:
    """Repeat every row for each name, and give the name to all that others have named."""
    path = database.resolve()
    path.chmod(0o600)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as it")
        connection.execute("use it.audit")
        connection.execute("create temp table hostile (place int, name varchar)")
        connection.executemany("insert into hostile values (?, ?)", list(enumerate(HOSTILE)))
        connection.execute(
            "create table quarantined_records as select 'bastion' as source_name,"
            " '' as path, 1 as line, '' as reason"
        )
        connection.execute(
            "create table audit_actions as select 'f-done' as finding_id, '' as engineer,"
            " 'accepted' as action, '' as reason, timestamp '2026-04-03' as acted_at"
        )
        for table, named in _NAMED.items():
            columns = {row[0] for row in connection.execute(f"describe {table}").fetchall()}
            keys = [f"{key} || place as {key}" for key in _KEYS if key in columns]
            told = [f"hostile.name as {column}" for column in named]
            connection.execute(
                f"create or replace table {table} as select {table}.*"
                f" replace ({', '.join(keys + told)}) from {table}, hostile"
            )
        connection.execute("update entitlement_drift set kind = 'added'")
        connection.execute(
            "update findings set evidence = to_json({'command': resource_name,"
            " 'who': [resource_name]})"
        )


def _without_breaks(text: str) -> str:
    return re.sub("[\n\t]", "", text)


def _shows_all(text: str) -> None:
    assert visible(_without_breaks(text)) == _without_breaks(text)


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def _html(path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    found = _Tags(html)
    own = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
    assert html.count(own) == 1
    assert found.tags.count("script") == 1
    assert not {"img", "iframe", "object", "embed", "link", "base"} & set(found.tags)
    assert not {name for name in found.attributes if name.startswith("on") or name == "style"}
    assert [link for link in found.links if not link.startswith("#")] == []
    _shows_all(html)


def _markdown(path: Path) -> None:
    words = path.read_text(encoding="utf-8")
    rendered = MarkdownIt("commonmark", {"linkify": False}).enable("table").render(words)
    assert not {"a", "img", "script"} & set(_Tags(rendered).tags)
    assert len(re.findall("<h1>", rendered)) == 1
    _shows_all(words)


def _csv(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert {len(row) for row in rows} <= {len(header)}
    assert [cell for row in rows for cell in row if _is_formula(cell)] == []
    _shows_all(path.read_text(encoding="utf-8"))


def _is_formula(cell: str) -> bool:
    return csv_cell(cell) != cell and not re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", cell)


def _xlsx(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    for sheet in book:
        for cells in sheet.iter_rows():
            for cell in cells:
                assert cell.data_type != "f"
                assert cell.hyperlink is None
                _shows_all(str(cell.value))
    with zipfile.ZipFile(path) as archive:
        assert not [name for name in archive.namelist() if "external" in name or "vba" in name]


def _pdf(path: Path) -> None:
    reader = PdfReader(path)
    raw = path.read_bytes()
    assert not [
        key for key in (b"/JavaScript", b"/Launch", b"/URI", b"/EmbeddedFile") if key in raw
    ]
    for page in reader.pages:
        assert "/Annots" not in page
        _shows_all(page.extract_text())


def _json(path: Path) -> None:
    words = path.read_text(encoding="utf-8")
    assert json.loads(words)
    _shows_all(words)


def _lines(path: Path) -> None:
    words = path.read_text(encoding="utf-8")
    assert [json.loads(line) for line in words.splitlines()]
    _shows_all(words)


# A format that writes another kind of file must say here how such a file does no harm.
_HARMLESS: dict[str, Callable[[Path], Any]] = {
    ".html": _html,
    ".md": _markdown,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".pdf": _pdf,
    ".json": _json,
    ".jsonl": _lines,
}


@pytest.mark.parametrize("wanted", FORMATS)
def test_no_name_does_harm_in_a_report(published: Path, tmp_path: Path, wanted: str) -> None:
    _plant(published)
    folder = tmp_path / "reports"

    written = render(published, folder, [wanted])

    files = {path for path in folder.rglob("*") if path.is_file()}
    assert files == set(written)
    assert not [path for path in files if not re.fullmatch(r"[a-z_.-]+", path.name)]
    for path in sorted(files):
        _HARMLESS[path.suffix](path)


def test_no_name_does_harm_in_a_terminal(workspace: Workspace) -> None:
    _plant(workspace.published)
    root = ["--workspace", str(workspace.root)]
    query = "select name, email from engineers"

    for verb, arguments in (
        (findings.findings, ["list", *root]),
        (findings.findings, ["list", "--json", *root]),
        (findings.findings, ["show", "f-new5", *root]),
        (sql.sql, ["--format", "table", query, *root]),
        (sql.sql, ["--json", query, *root]),
    ):
        result = CliRunner().invoke(verb, arguments)

        assert result.exit_code == 0, result.output
        _shows_all(result.output)


def test_no_name_does_harm_in_a_message(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "https://hooks.example.com/x")
    hook = 'url: "${HOOK}"'
    needed = {
        "slack": hook,
        "webhook": hook,
        "email": "host: localhost, sender: audit@example.com, recipients: [lead@example.com]",
    }
    channels = "".join(
        f"    {kind}: {{type: {kind}, severity: info, top: 25, {needed[kind]}}}\n" for kind in KINDS
    )
    workspace.config.write_text(f"organisation: Example\nnotify:\n  channels:\n{channels}")
    _plant(workspace.published)
    register.append(workspace.register, {"kind": "run", "run_id": "run-2", "published": True})
    root = ["--workspace", str(workspace.root)]

    said = CliRunner().invoke(notify.notify, ["--dry-run", "--json", *root])
    shown = CliRunner().invoke(notify.notify, ["--dry-run", *root])

    assert (said.exit_code, shown.exit_code) == (0, 0), said.exception
    _shows_all(said.output)
    _shows_all(shown.output)
    told = {it["type"]: it["content"] for it in json.loads(said.output)}
    assert set(told) == set(KINDS)
    for kind in {"slack", "email"} & set(told):
        assert "alert(1)" in told[kind]
        assert "://evil" not in told[kind]
    assert not re.findall(r"<(?!http)|@\w", told["slack"])


def test_no_name_does_harm_in_the_evidence(published: Path, tmp_path: Path) -> None:
    _plant(published)
    scope = Scope(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC), tmp_path)

    with Published(published) as tables:
        rows = write_populations(tables, tmp_path / "pack", scope)

    files = {path for path in (tmp_path / "pack").rglob("*") if path.is_file()}
    assert {str(path.relative_to(tmp_path / "pack")) for path in files} == set(rows)
    assert not [name for name in rows if not re.fullmatch(r"[a-z_/]+\.csv", name)]
    for path in sorted(files):
        _HARMLESS[path.suffix](path)
