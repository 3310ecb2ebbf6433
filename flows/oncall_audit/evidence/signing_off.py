"""Signs the review of a period off: by whom it may be done, and what has to be said with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register, reviews
from oncall_audit.evidence.decisions import UNDECIDED
from oncall_audit.evidence.reviews import Facts, Signature
from oncall_audit.evidence.standing import Standing
from oncall_audit.policy.reviews import Duty
from oncall_audit.workspace import Workspace

STATEMENT = (
    "I have reviewed the access of this period. It remains appropriate, but for the findings that"
    " are open."
)


def sign(
    workspace: Workspace,
    standing: Standing,
    person: Mapping[str, Any],
    duty: Duty,
    *,
    now: datetime,
    statement: str | None = None,
    despite_gaps: str | None = None,
) -> Signature:
    """Write to the register that `person` acknowledges the review as it is now.

    `person` is of the directory, with `ids`, all that the directory knows them by. Raises
    `ConfigurationError` where it may not be signed, or not so.
    """
    made = standing.made
    if made is None:
        raise ConfigurationError(_not_yet(standing, now))
    _refuse_person(person, duty, standing, now)
    _refuse_again(person, standing)
    facts = reviews.kept(workspace, made.period, made.sha256)
    reason = _gaps_reason(facts, despite_gaps)
    signature = Signature(
        period=made.period,
        sha256=made.sha256,
        engineer=person["engineer_id"],
        at=now,
        statement=_statement(statement),
        despite_gaps=reason,
        own_findings=own_findings(facts, person),
    )
    register.append(
        workspace.register, {"kind": reviews.KIND, "step": "signed", **signature.as_dict()}
    )
    return signature


def own_findings(facts: Facts, person: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the findings of a review about this person that wait for a decision or came new."""
    ids = set(person["ids"])
    return tuple(
        it["finding_id"]
        for it in facts["findings"]["listed"]
        if ids & set(it["people"]) and (it["is_opened"] or it["state"] in UNDECIDED)
    )


def gaps(facts: Facts) -> list[str]:
    """Return what of the period nobody can vouch for, a sentence each."""
    audits, found = facts["audits"], []
    if seconds := audits["uncovered_seconds"]:
        found.append(f"no audit covers {seconds / 3600:.1f} hours of it")
    if hours := audits["blind_hours"]:
        found.append(f"{hours} source hours are blind")
    return found


def _not_yet(standing: Standing, now: datetime) -> str:
    period = standing.period
    if period.until > now:
        return f"{period.name} ends on {period.until:%Y-%m-%d %H:%M} UTC: it can be signed then."
    return f"No audit has reviewed {period.name} yet. Make one with 'oncall-audit run'."


def _refuse_person(
    person: Mapping[str, Any], duty: Duty, standing: Standing, now: datetime
) -> None:
    name = person["name"] or person["engineer_id"]
    left = person.get("ended_at")
    if left and left <= now:
        raise ConfigurationError(
            f"{name} left on {left:%Y-%m-%d} by the directory. Name somebody who is still there."
        )
    known = {it.lower() for it in (*person["ids"], person["email"] or "") if it}
    if duty.by and not known & {it.lower() for it in duty.by}:
        raise ConfigurationError(
            f"The policy does not let {name} sign {standing.period.kind} reviews: its"
            f" reviews.{standing.period.kind}.by names {', '.join(duty.by)}."
        )


def _refuse_again(person: Mapping[str, Any], standing: Standing) -> None:
    for it in standing.signatures:
        if standing.made and it.sha256 == standing.made.sha256 and it.engineer in person["ids"]:
            raise ConfigurationError(
                f"{person['name'] or it.engineer} signed {it.period} on {it.at:%Y-%m-%d %H:%M} UTC"
                " already, for the same figures."
            )


def _gaps_reason(facts: Facts, despite_gaps: str | None) -> str | None:
    found = gaps(facts)
    if not found:
        if despite_gaps is not None:
            raise ConfigurationError(
                "The period has no gaps: every hour of every source is audited."
                " Leave --despite-gaps out."
            )
        return None
    if not (despite_gaps or "").strip():
        raise ConfigurationError(
            f"{facts['period']['name']} is not audited whole: {' and '.join(found)}. Audit what is"
            " missing, or say why it is signed nevertheless: --despite-gaps REASON."
        )
    return str(despite_gaps).strip()


def _statement(given: str | None) -> str:
    if given is None:
        return STATEMENT
    if not given.strip():
        raise ConfigurationError("An empty statement acknowledges nothing: leave --statement out.")
    return given.strip()
