"""Findings and the run as JSON, for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import orjson

from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.summary import Summary
from oncall_audit.reports.text import json_text, plain


def write_json(published: Published, summary: Summary, folder: Path) -> list[Path]:
    """Write `findings.json` with every finding and `summary.json` with the first screen."""
    findings = folder / "findings.json"
    findings.write_text(dumps(finding_rows(published)), encoding="utf-8")
    counted = folder / "summary.json"
    counted.write_text(dumps(summary.as_dict()), encoding="utf-8")
    return [findings, counted]


def finding_rows(published: Published) -> list[Row]:
    """Return every finding with its evidence as an object."""
    rows = published.rows("select * from findings order by started_at desc nulls last, finding_id")
    for row in rows:
        row["evidence"] = parsed(row["evidence"])
    return rows


def parsed(evidence: str | None) -> Any:
    """Read evidence; what is no JSON stays text."""
    try:
        return json.loads(evidence) if evidence else {}
    except ValueError:
        return evidence


def dumps(value: Any) -> str:
    """Write JSON with times as ISO 8601 in UTC."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_PASSTHROUGH_DATETIME
    try:
        written = orjson.dumps(value, default=plain, option=options).decode()
    except TypeError:
        # What only Python can write: numbers beyond 64 bits, halves of characters.
        written = json.dumps(value, indent=2, ensure_ascii=False, default=plain)
    return json_text(written) + "\n"
