"""What an audit of the demo should find, and what it should pass over."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A planted violation; rules in `also` may rightly name the same act."""

    rule_id: str
    engineer_id: str | None
    account: str | None
    system: str | None
    resource_id: str | None
    around: datetime
    note: str
    source: str | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Something that resembles a violation and is none."""

    name: str
    engineer_id: str | None
    account: str | None
    system: str | None
    resource_id: str | None
    around: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What an audit of the written workspace should find, and what it should pass over."""

    since: datetime
    until: datetime
    planted: tuple[Answer, ...]
    look_alikes: tuple[LookAlike, ...]
    log_events: int = 0


def to_document(answers: Answers) -> dict[str, Any]:
    """Return the answers as `answers.json` holds them."""
    return {
        "since": _text(answers.since),
        "until": _text(answers.until),
        "log_events": answers.log_events,
        "planted": [_row(each) for each in answers.planted],
        "look_alikes": [_row(each) for each in answers.look_alikes],
    }


def _row(each: Answer | LookAlike) -> dict[str, Any]:
    row = asdict(each)
    return {
        name: _text(value) if isinstance(value, datetime) else value for name, value in row.items()
    }


def read_answers(document: dict[str, Any]) -> Answers:
    """Return the answers that `answers.json` holds."""
    return Answers(
        since=datetime.fromisoformat(document["since"]),
        until=datetime.fromisoformat(document["until"]),
        planted=tuple(_answer(row) for row in document["planted"]),
        look_alikes=tuple(
            LookAlike(**{**row, "around": datetime.fromisoformat(row["around"])})
            for row in document["look_alikes"]
        ),
        log_events=document["log_events"],
    )


def _answer(row: dict[str, Any]) -> Answer:
    around = datetime.fromisoformat(row["around"])
    return Answer(**{**row, "around": around, "also": tuple(row["also"])})


def _text(moment: datetime) -> str:
    return f"{moment.replace(tzinfo=None).isoformat()}Z"
