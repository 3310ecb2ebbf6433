"""Where reviews stand: running, due, overdue, signed, or signed for other figures than now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from oncall_audit import periods
from oncall_audit.evidence import reviews
from oncall_audit.evidence.reviews import Made, Signature
from oncall_audit.periods import Kind, Period
from oncall_audit.policy.reviews import Duty, Reviews

# As many periods of a kind are listed, and drawn as a trend.
SHOWN = 13

State = Literal["running", "not audited", "due", "overdue", "signed", "changed", "not required"]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the review of one period stands."""

    period: Period
    state: State
    due_at: datetime
    made: Made | None
    signatures: Sequence[Signature]

    @property
    def needs_another(self) -> bool:
        """Whether all who signed these figures have one and the same finding about themselves."""
        valid = _valid(self.signatures, self.made)
        return bool(valid) and not _is_enough(valid)

    @property
    def sentence(self) -> str:
        """How it stands, in words, with people by their ids."""
        return self.told({})

    def told(self, names: Mapping[str, str]) -> str:
        """Say how it stands, with people by their names where these are known."""

        def signer(it: Signature) -> str:
            return f"{names.get(it.engineer, it.engineer)} on {it.at:%Y-%m-%d}"

        if self.state == "signed":
            return f"signed by {', '.join(map(signer, self._valid))}"
        more = "; needs a second signature" if self.needs_another else ""
        if self.state == "changed":
            return f"signed by {signer(self.signatures[-1])} for other figures{more}"
        if self.state in {"running", "not audited", "not required"}:
            return self.state + more
        return f"{'overdue since' if self.state == 'overdue' else 'due until'} {self._due}{more}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for programs."""
        return {
            "period": self.period.name,
            "kind": self.period.kind,
            "since": self.period.since.isoformat(),
            "until": self.period.until.isoformat(),
            "state": self.state,
            "due_at": self.due_at.isoformat(),
            "needs_another_signature": self.needs_another,
            "sentence": self.sentence,
            "sha256": self.made.sha256 if self.made else None,
            "signatures": [it.as_dict() for it in self.signatures],
        }

    @property
    def _valid(self) -> list[Signature]:
        return _valid(self.signatures, self.made)

    @property
    def _due(self) -> str:
        return f"{self.due_at:%Y-%m-%d %H:%M} UTC"


def standing(period: Period, records: Sequence[Record], duty: Duty, now: datetime) -> Standing:
    """Return where the review of a period stands at `now`."""
    made = reviews.made(records).get(period.name)
    signed = reviews.signatures(records, period.name)
    # Nobody is late for what was before there were reviews at all.
    began = reviews.began(records) or now
    due_at = max(period.until, began) + timedelta(days=duty.due_days)
    state: State = "running"
    if period.until <= now:
        state = _state(made, signed, duty, is_late=due_at <= now)
    return Standing(period, state, due_at, made, signed)


def listed(records: Sequence[Record], asked: Reviews, zone: str, now: datetime) -> list[Standing]:
    """Return where the last periods of each kind stand: those reviewed, and the one after them."""
    found = [periods.named(name, zone) for name in reviews.made(records)]
    return [
        standing(period, records, asked.duty(kind), now)
        for kind in periods.KINDS
        for period in _listed([it for it in found if it.kind == kind], kind, zone, now)
    ]


def outstanding(
    records: Sequence[Record], asked: Reviews, zone: str, now: datetime
) -> list[Standing]:
    """Return the reviews that are overdue, or were signed for other figures than there are now."""
    found = listed(records, asked, zone, now)
    return [it for it in found if it.state in {"overdue", "changed"}]


def _listed(found: Sequence[Period], kind: Kind, zone: str, now: datetime) -> list[Period]:
    if not found:
        return [periods.current(now, kind, zone)]
    first = min(it.first for it in found)
    following = max(found, key=lambda it: it.first).after
    return [it for it in periods.last(following, SHOWN + 1) if it.first >= first]


def _state(made: Made | None, signed: Sequence[Signature], duty: Duty, *, is_late: bool) -> State:
    if made and _is_enough(_valid(signed, made)):
        return "signed"
    if any(_is_enough([it for it in signed if it.sha256 == one.sha256]) for one in signed):
        return "changed"
    if not duty.required:
        return "not required"
    if is_late:
        return "overdue"
    return "due" if made else "not audited"


def _valid(signed: Iterable[Signature], made: Made | None) -> list[Signature]:
    return [it for it in signed if made and it.sha256 == made.sha256]


def _is_enough(valid: Sequence[Signature]) -> bool:
    """Say whether each finding was acknowledged by somebody whom it is not about."""
    return bool(valid) and not set.intersection(*(set(it.own_findings) for it in valid))
