"""How OSCAL writes identifiers, times, text and controls."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from oncall_audit.reports.text import markdown, visible

# Of this product alone: the same finding has the same UUID in every run and on every machine.
_NAMESPACE = UUID("5f8f3a86-6f0e-5c0b-9b4e-0d6a3f1c7e21")
_OURS = "urn:oncall-audit"
_NIST = re.compile(r"(?P<control>[A-Z]{2}-\d+)(?:\((?P<enhancement>\d+)\))?(?: (?P<part>[a-z]))?")


def control_identifiers(framework: str, control_id: str) -> tuple[str, str | None]:
    """Return the identifiers of a control and of its statement, as catalogs write them."""
    if framework == "NIST 800-53" and (found := _NIST.fullmatch(control_id)):
        control = found["control"].lower()
        control += f".{found['enhancement']}" if found["enhancement"] else ""
        return control, f"{control}_smt.{found['part']}" if found["part"] else None
    name = re.sub(r"[^a-z0-9.]+", "-", f"{framework} {control_id}".lower()).strip("-.")
    return (name if name[:1].isalpha() else f"control-{name}"), None


def prop(name: str, value: Any) -> dict[str, str]:
    """Return a property of our own namespace."""
    return {"name": name, "ns": _OURS, "value": visible(str(value)).strip() or "-"}


def line(value: Any) -> str:
    """Return text as one line of Markdown that formats nothing."""
    return markdown(value).strip() or "-"


def uuid(*parts: Any) -> str:
    """Return the UUID of a thing by its kind and its ids: the same in every run."""
    return str(uuid5(_NAMESPACE, "\x1f".join(map(str, parts))))


def utc(moment: datetime | None) -> str | None:
    """Write a time of the tables, which is UTC, with its zone."""
    return moment.replace(tzinfo=UTC).isoformat() if moment else None


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out empty lists, which OSCAL does not have."""
    return {name: value for name, value in values.items() if value}
