"""The HTML page and the Markdown summary: templates, and what they may use."""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from functools import cache
from typing import Any

from jinja2 import Environment, TemplateError
from markupsafe import Markup

from oncall_audit.evidence.decisions import UNDECIDED
from oncall_audit.reports import text
from oncall_audit.reports.access import access_map
from oncall_audit.reports.changes import changes, decisions
from oncall_audit.reports.controls import control_results
from oncall_audit.reports.coverage import days_shown, strips
from oncall_audit.reports.environment import environment, source
from oncall_audit.reports.findings import findings_by_rule, shown_findings
from oncall_audit.reports.published import Published
from oncall_audit.reports.runbook import blocks
from oncall_audit.reports.summary import SEVERITIES, Summary
from oncall_audit.reports.timeline import timeline

_QUARANTINED_SHOWN = 50
_MARKDOWN_FINDINGS = 20

_RULES = """
    select rules.*, coalesce(counted.total, 0) as total, coalesce(counted.open, 0) as open
    from rules left join (
        select rule_id, count(*) as total, count(*) filter (state in ('open', 'reopened')) as open
        from findings group by rule_id
    ) as counted on rules.rule_id = counted.rule_id
    order by rules.rule_id
"""
_QUARANTINED = """
    select source_name, path, records, quarantined, received_at from log_batches
    where quarantined > 0 order by quarantined desc, source_name, path limit $shown
"""
_UNREAD = """
    select source_name, path, line, reason from quarantined_records
    order by source_name, path, line limit $shown
"""


def html_report(published: Published, summary: Summary, checks: dict[str, Any] | None) -> str:
    """Return the whole report as one HTML page that loads nothing."""
    run_id = summary.run["run_id"]
    drawn = timeline(published, summary.run)
    findings = shown_findings(published, run_id)
    decided, earlier = decisions(published)
    style, script = source("report.css"), source("report.js")
    return (
        page_environment()
        .get_template("report.html.j2")
        .render(
            summary=summary,
            findings=findings,
            shown_ids={row["finding_id"] for row in findings},
            undecided=UNDECIDED,
            changes=changes(published, summary.run),
            decisions=decided,
            decisions_left_out=earlier,
            by_rule=findings_by_rule(published, run_id),
            timeline=drawn,
            places={row["owner"]: place for place, row in enumerate(drawn.engineers, 1)}
            if drawn
            else {},
            strips=strips(published, drawn.axis) if drawn else [],
            days=days_shown(drawn.axis) if drawn else 1,
            access=access_map(published),
            controls=control_results(published),
            rules=[{**row, "blocks": blocks(row["runbook"])} for row in published.rows(_RULES)],
            quarantined=published.rows(_QUARANTINED, shown=_QUARANTINED_SHOWN),
            unread=published.rows(_UNREAD, shown=_QUARANTINED_SHOWN),
            checks=checks,
            severities=SEVERITIES,
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            policy=content_policy(style, script),
        )
    )


def markdown_report(published: Published, summary: Summary, checks: dict[str, Any] | None) -> str:
    """Return the summary as Markdown, with the most urgent findings."""
    shown = [
        finding
        for finding in shown_findings(published, summary.run["run_id"])
        if finding["state"] in UNDECIDED
    ]
    return (
        page_environment()
        .get_template("report.md.j2")
        .render(
            summary=summary,
            findings=shown[:_MARKDOWN_FINDINGS],
            severities=SEVERITIES,
            checks=checks,
        )
    )


def load_templates() -> None:
    """Compile the templates of the page and of the Markdown, which takes half a second."""
    made = page_environment()
    for name in made.list_templates(filter_func=lambda name: name.startswith(("_", "report."))):
        # One of another page may use what only that page has.
        with suppress(TemplateError):
            made.get_template(name)


@cache
def page_environment() -> Environment:
    """Return the templates' environment with what pages and Markdown may use."""
    return environment(
        number=text.number,
        moment=text.moment,
        date=text.day,
        duration=text.duration,
        percent=_percent,
        markdown=text.markdown,
        code=text.markdown_code,
    )


def _percent(ratio: float) -> str:
    """Write a ratio in percent, never rounding up to a false 100 %."""
    return f"{int(ratio * 1000) / 10:g} %"


def content_policy(style: str, script: str = "") -> str:
    """Return the content security policy: this style, this script, and nothing else."""
    scripts = f" script-src '{_hash(script)}';" if script else ""
    return (
        f"default-src 'none'; style-src '{_hash(style)}';{scripts}"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
