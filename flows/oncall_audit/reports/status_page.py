"""One page on whether the audit is up to date; it loads nothing and runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from oncall_audit.reports import text
from oncall_audit.reports.environment import environment, source
from oncall_audit.reports.pages import content_policy
from oncall_audit.reports.summary import SEVERITIES

_KNOWN = ("stale_since", "reason", "next_run", "overdue_reviews")


def status_page(status: Mapping[str, Any], workspace: str, now: datetime) -> str:
    """Return the page for what `data/status.json` says, with overdue reviews and the next run."""
    style = source("report.css")
    last = {"stage": None, **(status.get("last") or {})}
    measured = last.get("measures", ())
    templates = environment(at=_at, number=text.number, duration=text.duration)
    return templates.get_template("status.html.j2").render(
        status={**dict.fromkeys(_KNOWN), **status},
        published=status.get("published"),
        last=last if measured or status.get("last") else None,
        stages=[it for it in measured if it.get("source") is None],
        sources=[it for it in measured if it.get("source") is not None],
        severities=SEVERITIES,
        workspace=workspace,
        now=now.isoformat(),
        level="critical" if status.get("stale_since") else "none",
        style=Markup(style),  # noqa: S704 - our own file
        policy=content_policy(style),
    )


def _at(moment: str) -> str:
    return text.minute(datetime.fromisoformat(moment).astimezone(UTC))
