"""The file of a saved query: a head of comments in YAML, and one query below it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from oncall_audit.documents import display
from oncall_audit.errors import ConfigurationError
from oncall_audit.queries.saved import READERS, Parameter, Query

_HEAD = re.compile(r"(?:^--.*\n)+", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_COLUMN = re.compile(r"[a-z_]+\.[a-z_]+\Z")
_REQUIRED = {"title", "question", "parameters"}


def read(path: Path) -> Query:
    """Read the file of a saved query; raise `ConfigurationError` if it is none."""
    try:
        text = path.read_text(encoding="utf-8")
        found = _HEAD.match(text)
        head = yaml.safe_load(re.sub(r"(?m)^-- ?", "", found[0])) if found else None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = str(error).splitlines()[0]
        raise ConfigurationError(f"{display(path)} cannot be read: {reason}") from None
    if not isinstance(head, dict) or set(head) - {"logs"} != _REQUIRED:
        raise ConfigurationError(
            f"{display(path)} should begin with comments that say title, question and parameters"
            " ('-- title: …'), and may say 'logs: true'."
        )
    if not _NAME.match(path.stem):
        raise ConfigurationError(f"{display(path)}: name it in small letters, digits and '_'.")
    return Query(
        name=path.stem,
        title=str(head["title"]),
        question=str(head["question"]),
        parameters=tuple(_parameters(path, head["parameters"] or {})),
        needs_logs=head.get("logs") is True,
        sql=text[found.end() if found else 0 :].strip().rstrip(";"),
        path=path,
    )


def _parameters(path: Path, described: Any) -> Iterable[Parameter]:
    for name, words in described.items() if isinstance(described, dict) else [(described, None)]:
        if (
            not isinstance(words, dict)
            or words.get("type") not in READERS
            or not {"example", "meaning"} <= set(words) <= {*Parameter.__slots__}
            or not all(_COLUMN.match(str(column)) for column in words.get("among", ()))
        ):
            raise ConfigurationError(
                f"{display(path)}: parameter {name} should be described as"
                f" {{type: {', '.join(READERS)} (one of them), meaning: …, example: …}}, with"
                " 'default: …' if it may be left out and 'among: [table.column]' for its values."
            )
        default = words.get("default")
        yield Parameter(
            name=str(name),
            type=words["type"],
            meaning=str(words["meaning"]),
            example=str(words["example"]),
            is_required="default" not in words,
            default=None if default is None else str(default),
            among=tuple(words.get("among", ())),
        )
