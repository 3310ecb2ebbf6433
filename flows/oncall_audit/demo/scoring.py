"""Compares the findings of an audit with the known answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from oncall_audit.demo.answers import Answer, Answers, LookAlike

Row = Mapping[str, Any]

_NEAR = timedelta(hours=1)
_TELLS_SOURCE = ("source_name", "resource_name", "summary", "evidence")


@dataclass(frozen=True, slots=True)
class Score:
    """What an audit found of the planted violations, missed of them, and found beside them.

    `mistaken` are those beside them that are about a benign look-alike.
    """

    planted: tuple[Answer, ...]
    found: tuple[Answer, ...]
    missed: tuple[Answer, ...]
    false: tuple[Row, ...]
    mistaken: tuple[Row, ...]

    @property
    def is_perfect(self) -> bool:
        """Tell whether everything was found and nothing else."""
        return not (self.missed or self.false)

    def by_rule(self) -> dict[str, dict[str, int]]:
        """Return how many were planted, found, missed, false and mistaken for each rule."""
        counts = {
            "planted": Counter(each.rule_id for each in self.planted),
            "found": Counter(each.rule_id for each in self.found),
            "missed": Counter(each.rule_id for each in self.missed),
            "false": Counter(str(row["rule_id"]) for row in self.false),
            "mistaken": Counter(str(row["rule_id"]) for row in self.mistaken),
        }
        rules = sorted({rule for count in counts.values() for rule in count})
        return {rule: {name: count[rule] for name, count in counts.items()} for rule in rules}


def score(answers: Answers, rows: Iterable[Row]) -> Score:
    """Compare findings (columns of `audit.findings`, times in UTC) with the answers.

    A row that repeats a planted act under a rule that its answer allows is neither found nor
    false.
    """
    findings = list(rows)
    found = tuple(each for each in answers.planted if _is_found(each, findings))
    false = tuple(row for row in findings if not _is_explained(row, answers))
    return Score(
        planted=answers.planted,
        found=found,
        missed=tuple(each for each in answers.planted if each not in found),
        false=false,
        mistaken=tuple(row for row in false if _is_mistaken(row, answers)),
    )


def _is_found(answer: Answer, rows: Iterable[Row]) -> bool:
    return any(row["rule_id"] == answer.rule_id and _is_about(row, answer) for row in rows)


def _is_explained(row: Row, answers: Answers) -> bool:
    return any(
        row["rule_id"] in (answer.rule_id, *answer.also) and _is_about(row, answer)
        for answer in answers.planted
    )


def _is_mistaken(row: Row, answers: Answers) -> bool:
    return any(
        _is_same_time(row, each)
        and _agrees(row.get("system"), each.system)
        and _agrees(row.get("resource_id"), each.resource_id)
        and _is_same_who(row, each)
        for each in answers.look_alikes
    )


def _is_about(row: Row, answer: Answer) -> bool:
    return (
        _is_same_time(row, answer)
        and _agrees(row.get("system"), answer.system)
        and _agrees(row.get("resource_id"), answer.resource_id)
        and (_is_same_source if answer.source else _is_same_who)(row, answer)
    )


def _agrees(told: object, known: object) -> bool:
    return told is None or known is None or told == known


def _is_same_time(row: Row, answer: Answer | LookAlike) -> bool:
    start = _moment(row["started_at"])
    end = _moment(row.get("ended_at")) or start
    return start is None or end is None or start - _NEAR <= answer.around <= end + _NEAR


def _is_same_who(row: Row, answer: Answer | LookAlike) -> bool:
    engineer, account = row.get("engineer_id"), row.get("account")
    if answer.engineer_id and engineer:
        return bool(answer.engineer_id == engineer)
    return account is not None and bool(answer.account == account)


def _is_same_source(row: Row, answer: Answer) -> bool:
    """Tell whether the row names the silent source or the unlisted target, if it names any."""
    told = [str(row[name]) for name in _TELLS_SOURCE if row.get(name)]
    return not told or any(str(answer.source) in text for text in told)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
