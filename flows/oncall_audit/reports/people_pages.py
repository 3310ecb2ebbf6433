"""A page for an engineer or a team: HTML and Markdown, with a reminder that is ready to be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from markupsafe import Markup

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence.decisions import Decision
from oncall_audit.evidence.pseudonym_key import PseudonymKey
from oncall_audit.reports import pages
from oncall_audit.reports.environment import environment, source
from oncall_audit.reports.inert import inert, link, pasted
from oncall_audit.reports.person import SHOWN, Person, engineer, team
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.rendering import summarised
from oncall_audit.reports.summary import Summary
from oncall_audit.reports.timeline import timeline

FORMATS = ("html", "md")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a page is for: an engineer by id or address, or a team; and what a reminder says."""

    name: str
    is_team: bool
    made: tuple[Decision, ...] = ()
    report: str = ""


def write_pages(
    database: Path,
    folder: Path,
    formats: Sequence[str],
    subject: Subject,
    *,
    notices: Sequence[str] = (),
    pseudonym_key: PseudonymKey | None = None,
) -> list[Path]:
    """Write the page of an engineer or a team in each of `formats`; return its files."""
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise ConfigurationError(
            f"A page for an engineer or a team is no {', '.join(unknown)}."
            f" Formats: {', '.join(FORMATS)}."
        )
    with Published(database, pseudonym_key) as published:
        summary, _ = summarised(published, notices)
        choose = team if subject.is_team else engineer
        people = choose(published, subject.name, summary.run, subject.made)
        page = _page(published, summary, people, subject)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"team-{_plain(subject.name)}" if subject.is_team else _plain(people[0].engineer_id)
    return [_written(folder / f"{name}.{form}", _rendered(form, page)) for form in formats]


def reminder(person: Person, run: Row, report: str, form: str) -> str:
    """Return the reminder to a person for a mail (`txt`) or a chat (`slack`); empty for none."""
    if not person.open and not person.due:
        return ""
    shown = person.reminded
    safe = inert if form == "txt" else pasted
    made = environment(safe, link=link("txt")).get_template(f"reminder.{form}.j2")
    content = made.render(
        person=person.who,
        shown=shown,
        more=len(person.open) - len(shown),
        due=person.due,
        report=report,
        run=run,
    )
    return re.sub(r"\n{3,}", "\n\n", content).strip() + "\n"


def _page(
    published: Published, summary: Summary, people: list[Person], subject: Subject
) -> dict[str, Any]:
    style = source("report.css") + source("people.css")
    who = people[0].who
    return {
        "summary": summary,
        "title": subject.name if subject.is_team else who["name"] or who["engineer_id"],
        "is_team": subject.is_team,
        "people": people,
        "reminders": {
            it.engineer_id: {
                # Inert already, line by line; on the page only its markup is left to escape.
                form: Markup.escape(reminder(it, summary.run, subject.report, form))
                for form in ("txt", "slack")
            }
            for it in people
        },
        "timeline": timeline(published, summary.run, [it.engineer_id for it in people]),
        "most": SHOWN,
        "style": Markup(style),  # noqa: S704 - our own file
        "policy": pages.content_policy(style),
    }


def _rendered(form: str, page: dict[str, Any]) -> str:
    name = {"html": "people.html.j2", "md": "people.md.j2"}[form]
    return pages.page_environment().get_template(name).render(page)


def _plain(name: str) -> str:
    """Return a name that leads to no other folder, and is no other name's."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80]
    return plain if plain == name else f"{plain}-{sha256(name.encode()).hexdigest()[:8]}"


def _written(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path
