"""The review of a period as an HTML page, as Markdown and as JSON, all of one model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from oncall_audit.evidence import reviews
from oncall_audit.evidence.decisions import UNDECIDED, decisions, latest
from oncall_audit.evidence.reviews import Facts
from oncall_audit.evidence.signing_off import gaps
from oncall_audit.evidence.standing import SHOWN, Standing
from oncall_audit.periods import Period, last
from oncall_audit.reports import review_trend, text
from oncall_audit.reports.environment import environment, source
from oncall_audit.reports.json_files import dumps
from oncall_audit.reports.pages import content_policy
from oncall_audit.reports.pseudonyms import Pseudonyms
from oncall_audit.reports.published import Published
from oncall_audit.reports.summary import SEVERITIES

FORMATS = ("html", "md", "json")
_LISTED = 500
_NAMES = "select engineer_id, name from engineers where name is not null order by engineer_id"
_TITLES = "select rule_id, title from rules order by rule_id"
_REQUIREMENTS = """
    select framework, control_id, min(requirement) as requirement from controls group by all
"""
_COMPARED = (
    ("sessions tested", "sessions"),
    ("findings opened", "opened"),
    ("findings closed", "closed"),
    ("findings open at the end", "open_after"),
    *((f"of them {severity}", f"open_{severity}") for severity in SEVERITIES),
    ("decisions", "decisions"),
    ("changes of access made", "changes"),
    ("blind source hours", "blind_hours"),
    ("hours that no audit covers", "uncovered_seconds"),
)

Model = dict[str, Any]


def model(
    published: Published,
    facts: Facts,
    standing: Standing,
    records: Sequence[Mapping[str, Any]],
    organisation: str,
) -> Model:
    """Return everything that a page says: the review, what is known by name, and how it stands."""
    period = standing.period
    trend = _trend(period, records, facts["figures"])
    listed = sorted(facts["findings"]["listed"], key=_urgency)
    names = {it["engineer_id"]: it["name"] for it in published.rows(_NAMES)}
    return {
        "organisation": organisation,
        "review": facts,
        "sha256": standing.made.sha256 if standing.made else None,
        "verdict": _verdict(facts),
        "level": _level(facts),
        "standing": {**standing.as_dict(), "sentence": standing.told(names)},
        "gaps": gaps(facts),
        "compared": _compared(trend),
        "differences": _differences(facts, standing, records),
        "before": period.before.name,
        "trend": [{"period": name, "figures": figures} for name, figures in trend],
        "decided_since": _decided_since(facts, period, records),
        "listed": listed,
        "names": names,
        "titles": {it["rule_id"]: it["title"] for it in published.rows(_TITLES)},
        "requirements": {
            f"{it['framework']} {it['control_id']}": it["requirement"]
            for it in published.rows(_REQUIREMENTS)
        },
    }


def without_names(content: Model, pseudonyms: Pseudonyms) -> Model:
    """Return the same page with a pseudonym in place of all that names a person."""
    plain = json.loads(json.dumps(content, default=str))
    names = {
        pseudonyms.identifier(key): pseudonyms.content(name) for key, name in plain["names"].items()
    }
    # What people signed is the hash of the review with its names.
    return {**pseudonyms.content(plain), "names": names, "sha256": content["sha256"]}


def write(content: Model, folder: Path, formats: Sequence[str] = FORMATS) -> list[Path]:
    """Write the page in each format, named after its period; return the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    writers = {"html": html, "md": markdown, "json": as_json}
    written = []
    for form in formats:
        path = folder / f"{content['review']['period']['name']}.{form}"
        path.write_text(writers[form](content), encoding="utf-8")
        written.append(path)
    return written


def html(content: Model) -> str:
    """Return one page that loads nothing and runs nothing."""
    style = source("report.css") + source("review.css")
    drawn = review_trend.plots([(it["period"], it["figures"]) for it in content["trend"]])
    return _rendered(
        "review.html.j2",
        content,
        plots=drawn,
        style=Markup(style),  # noqa: S704 - our own file
        policy=content_policy(style),
    )


def markdown(content: Model) -> str:
    """Return the review as Markdown."""
    return _rendered("review.md.j2", content)


def as_json(content: Model) -> str:
    """Return what the pages are made of, for programs; `review` is what is signed for."""
    return dumps({name: it for name, it in content.items() if name != "listed"})


def _rendered(template: str, content: Model, **more: Any) -> str:
    shown = content["listed"][:_LISTED]
    return (
        _environment()
        .get_template(template)
        .render(**content, severities=SEVERITIES, shown=shown, **more)
    )


# An audit that makes many pages compiles their templates once.
@cache
def _environment() -> Environment:
    return environment(
        number=text.number,
        at=_at,
        hours=_hours,
        signed=lambda it: f"{it:+,}" if it else "0",
        markdown=text.markdown,
        code=text.markdown_code,
    )


def _at(moment: str | None) -> str:
    return text.minute(datetime.fromisoformat(moment)) if moment else ""


def _hours(seconds: float) -> str:
    return text.number(round(seconds / 3600, 1))


def _urgency(finding: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        finding["is_closed"],
        SEVERITIES.index(finding["severity"]),
        finding["opened_at"],
        finding["finding_id"],
    )


def _verdict(facts: Facts) -> str:
    found = facts["findings"]
    open_after = found["open_after"]
    verb = "is" if open_after == 1 else "are"
    rest = f"{text.number(open_after)} {verb} open at the end" if open_after else "none is open"
    opened, closed = text.plural(found["opened"], "finding"), text.number(found["closed"])
    return f"{opened} opened, {closed} closed; {rest}."


def _level(facts: Facts) -> str:
    worst = next((s for s in SEVERITIES if facts["figures"][f"open_{s}"]), None)
    if worst in SEVERITIES[:2]:
        return str(worst)
    return "medium" if worst or gaps(facts) else "clear"


def _trend(
    period: Period, records: Sequence[Mapping[str, Any]], now: Mapping[str, int]
) -> list[tuple[str, Mapping[str, int] | None]]:
    made = reviews.made(records)
    earlier = [it.name for it in last(period, SHOWN)[:-1]]
    figures = [(name, made[name].figures if name in made else None) for name in earlier]
    return [*figures, (period.name, now)]


def _compared(trend: Sequence[tuple[str, Mapping[str, int] | None]]) -> list[dict[str, Any]]:
    (_, before), (_, now) = trend[-2:]
    return [
        {
            "label": label,
            "name": name,
            "now": (now or {}).get(name, 0),
            "before": before.get(name, 0) if before else None,
        }
        for label, name in _COMPARED
    ]


def _differences(
    facts: Facts, standing: Standing, records: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the figures that are others than when it was last signed."""
    if standing.state != "changed":
        return []
    signed = reviews.figures(records, standing.signatures[-1].sha256)
    return [
        {"label": label, "name": name, "signed": signed.get(name), "now": facts["figures"][name]}
        for label, name in _COMPARED
        if signed.get(name) != facts["figures"][name]
    ]


def _decided_since(
    facts: Facts, period: Period, records: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return how many of the findings that were open at the end have been decided since."""
    still = {it["finding_id"] for it in facts["findings"]["listed"] if not it["is_closed"]}
    later = [it for it in decisions(records) if it.decided_at >= period.until]
    found = [it for name, it in latest(later).items() if name in still]
    decided = [it for it in found if it.state not in UNDECIDED]
    return {"decided": len(decided), "open": len(still) - len(decided)}
