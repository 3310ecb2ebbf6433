"""What the printed report says, section by section."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from reportlab.platypus import Flowable, KeepTogether, Spacer

from oncall_audit.evidence.decisions import UNDECIDED
from oncall_audit.reports.access import access_map
from oncall_audit.reports.changes import changes, decisions
from oncall_audit.reports.controls import control_results
from oncall_audit.reports.findings import findings_by_rule, shown_findings
from oncall_audit.reports.pdf import table, text, write_document
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.summary import SEVERITIES, Summary
from oncall_audit.reports.text import duration, minute, moment, number, plural, shortened

# Some 30 pages: who needs more reads the workbook.
SHOWN = 500


def write_pdf(published: Published, summary: Summary, folder: Path) -> list[Path]:
    """Write `report.pdf`."""
    path = folder / "report.pdf"
    sections = [
        *_first_page(summary),
        *_gaps(summary),
        *_changes(published, summary),
        *_findings(published, summary),
        *_controls(published),
        *_decisions(published),
        *_signature(summary),
    ]
    run = f"On-call access audit, run {summary.run['run_id']}"
    write_document(path, sections, title="On-call access audit", foot=run)
    return [path]


def _first_page(summary: Summary) -> Iterator[Flowable]:
    run = summary.run
    yield text("On-call access audit", "Title")
    yield text(summary.verdict, "Verdict")
    facts = [
        ["Audited window", f"{moment(run['since'])} to {moment(run['until'])} UTC"],
        ["Run", f"{run['run_id']}, {run['state'] or 'unknown'}"],
        ["Audit before", run["previous_run"] or "none: this is the first"],
        ["Code", run["code_version"] or "unknown"],
        ["Policy, SHA-256", run["policy_sha256"] or "unknown"],
    ]
    yield table([], facts, [1, 4])
    yield text("Findings by severity", "Heading")
    counts = [
        [name, number(row["open"]), number(row["new"]), number(row["total"])]
        for name, row in summary.severities.items()
    ]
    yield table(["severity", "open", "new and open", "all"], counts, [2, 1, 1, 1])
    yield text("What was tested", "Heading")
    population = [
        [row["label"], number(row["count"]), number(row["total"])] for row in summary.population
    ]
    yield table(["population", "in the window", "on record"], population, [2, 1, 1])
    totals = summary.totals
    names = ("landed", "duplicates", "ignored", "quarantined")
    parts = " + ".join(f"{number(totals[name])} {name}" for name in names)
    exact = "adds up exactly" if totals["is_exact"] else "does not add up"
    yield Spacer(0, 4)
    yield text(f"{number(totals['records'])} raw records = {parts}: {exact}.")


def _gaps(summary: Summary) -> Iterator[Flowable]:
    yield text("Coverage, and what is not audited", "Heading")
    if summary.is_whole:
        yield text("Every source hour, rule and account of the window was audited.")
    if summary.coverage_ratio is None:
        yield text("No coverage is known for this window.")
    for message in summary.messages:
        yield text(shortened(message, 1_000))
    if summary.coverage:
        names = ("source_name", "seen", "quiet", "blind", "records")
        rows = [[_cell(row[name]) for name in names] for row in summary.coverage]
        yield table(
            ["source", "hours seen", "hours quiet", "hours blind", "records"], rows, [3, 1, 1, 1, 1]
        )
    yield from _listed(
        "Blind hours",
        ["source", "from (UTC)", "until (UTC)", "length"],
        [
            [row["source_name"], moment(row["since"]), moment(row["until"]), _hours(row)]
            for row in summary.blind
        ],
        [2, 2, 2, 1],
    )
    causes: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in summary.degraded:
        causes["ran degraded" if row["runs"] else "not tested", _cell(row["why"])].append(
            row["rule_id"]
        )
    yield from _listed(
        "Rules that could not test all",
        ["why", "", "rules"],
        [[why, state, ", ".join(rules)] for (state, why), rules in causes.items()],
        [3, 1, 4],
    )
    if summary.unresolved:
        kinds = ", ".join(f"{row['accounts']} {row['kind']}" for row in summary.unresolved)
        yield text(f"{plural(summary.unresolved_accounts, 'account')} of nobody: {kinds}.")


def _changes(published: Published, summary: Summary) -> Iterator[Flowable]:
    yield text("What changed", "Heading")
    previous = summary.run["previous_run"]
    said = f"{plural(summary.new_findings, 'open finding')} new since {previous}."
    yield text(said if previous else "This is the first audit of these sources.")
    found = changes(published, summary.run)
    kinds_seen = ", ".join(f"{number(count)} {kind}" for kind, count in found.counts.items())
    yield text(f"Permissions between two snapshots since {moment(found.since)} UTC: {kinds_seen}.")
    if found.has_new_policy:
        yield text("The policy is another one than in the audit before.")
    if found.has_new_code:
        yield text("The code is of another version than in the audit before.")
    names = ("title", "severity", "new", "open", "total")
    rules = [
        [
            _cell(row[name] or row["rule_id"]) if name == "title" else _cell(row[name])
            for name in names
        ]
        for row in findings_by_rule(published, summary.run["run_id"])
        if row["new"]
    ]
    headers = ["rule", "severity", "new", "open", "all"]
    yield from _listed("New findings by rule", headers, rules, [4, 1, 1, 1, 1])
    kinds = ("system", "added", "removed", "expired", "excess", "missing")
    drift = [[_cell(row[name]) for name in kinds] for row in access_map(published).drift]
    yield from _listed("Entitlement drift", list(kinds), drift, [3, 1, 1, 1, 1, 1])


def _findings(published: Published, summary: Summary) -> Iterator[Flowable]:
    yield text("Open findings", "Heading")
    shown = shown_findings(published, summary.run["run_id"], SHOWN)
    waiting = [row for row in shown if row["state"] in UNDECIDED]
    rest = summary.open_findings - len(waiting)
    if rest:
        yield text(
            f"The {number(len(waiting))} most urgent; {number(rest)} more are in the workbook."
        )
    if not waiting:
        yield text("None.")
    for severity in (*SEVERITIES, None):
        rows = [row for row in waiting if _severity(row) == severity]
        if rows:
            yield text((severity or "Other").capitalize(), "Part")
            yield table(
                ["begin (UTC)", "who", "where", "what"],
                [_finding(row, summary) for row in rows],
                [5, 4, 4, 13],
            )


def _severity(row: Row) -> str | None:
    return row["severity"] if row["severity"] in SEVERITIES else None


def _finding(row: Row, summary: Summary) -> list[Any]:
    where = row["resource_name"] or row["resource_id"] or row["service"] or row["system"]
    new = "new: " if row["is_new"] and summary.run["previous_run"] else ""
    lasted = duration(row["seconds"]) if row["seconds"] else ""
    return [
        ", ".join(filter(None, (minute(row["started_at"]), lasted))),
        _cell(f"{row['who']} ({row['team']})" if row["team"] else row["who"]),
        _cell(where),
        _cell(f"{new}{row['title'] or row['rule_id']}. {row['summary']}"),
    ]


def _controls(published: Published) -> Iterator[Flowable]:
    yield text("Controls", "Heading")
    yield text(
        "What the standards ask for is paraphrased; their own text is theirs."
        " A control that was not tested whole is not passed."
    )
    rows = [
        [row["framework"], row["control_id"], _cell(row["requirement"]), _result(row)]
        for row in control_results(published)
    ]
    yield from _listed("", ["framework", "control", "asks for", "result"], rows, [2, 2, 5, 3])


def _result(row: Row) -> str:
    parts = [row["result"] or "unknown"]
    parts += [f"{number(row['exceptions'])} open"] if row["exceptions"] else []
    parts += [f"not tested: {row['untested']}"] if row["untested"] else []
    parts += [f"degraded: {row['degraded']}"] if row["degraded"] else []
    return "; ".join(parts)


def _decisions(published: Published) -> Iterator[Flowable]:
    yield text("Decisions", "Heading")
    latest, rest = decisions(published)
    rows = [
        [moment(row["acted_at"]), *(_cell(row[it]) for it in ("engineer", "action", "reason"))]
        for row in latest
    ]
    if rest:
        yield text(f"The latest {number(len(rows))}; {number(rest)} more are in the workbook.")
    if not rows:
        yield text("Nothing was decided yet.")
    yield from _listed("", ["when (UTC)", "by", "action", "reason"], rows, [2, 2, 2, 5])


def _signature(summary: Summary) -> Iterator[Flowable]:
    line = "." * 60
    yield KeepTogether(
        [
            text("Sign-off", "Heading"),
            text(
                f"I have read the report of run {summary.run['run_id']}: what it found, and"
                " what was not audited."
            ),
            Spacer(0, 24),
            table(["name", "date", "signature"], [[line, line[:24], line]], [3, 1, 3]),
        ]
    )


def _listed(
    title: str, headers: list[str], rows: list[list[Any]], shares: list[float]
) -> Iterator[Flowable]:
    if rows:
        if title:
            yield text(title, "Part")
        yield table(headers, rows, shares)


def _hours(row: Row) -> str:
    return duration(row["hours"] * 3600)


def _cell(value: Any) -> str:
    if isinstance(value, int | float):
        return number(value)
    return "" if value is None else str(value)
