"""Findings with what was decided about them since they were published, and who may decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence.decisions import Decision, latest
from oncall_audit.reports.published import Published, Row

_PEOPLE = """
    select engineer_id, name, email, started_at, ended_at from engineers
    where lower(engineer_id) = lower($who) or lower(email) = lower($who) order by engineer_id
"""
# Two entries of the directory with one address are one person.
_ALIASES = """
    select distinct others.engineer_id from engineers
    join engineers as others on others.engineer_id = engineers.engineer_id
        or lower(others.email) = lower(engineers.email)
    where engineers.engineer_id = $who order by 1
"""
_ABOUT = """
    select engineer_id from findings where finding_id = $id and engineer_id is not null
    union
    select identities.engineer_id from findings
    join identities on identities.system = findings.system
        and lower(identities.account) = lower(findings.account)
    where findings.finding_id = $id and identities.engineer_id is not null
    order by 1
"""

_EVERYBODY = """
    select finding_id, engineer_id from findings where engineer_id is not null
    union
    select findings.finding_id, identities.engineer_id from findings
    join identities on identities.system = findings.system
        and lower(identities.account) = lower(findings.account)
    where identities.engineer_id is not null
    order by all
"""


def overlaid(rows: Iterable[Row], made: Iterable[Decision], now: datetime) -> list[Row]:
    """Return findings in the state they have now, by the decisions made up to now."""
    last = latest(made)
    return [
        {**row, "state": last[row["finding_id"]].standing(_utc(row["ended_at"]), now)}
        if row["finding_id"] in last
        else row
        for row in rows
    ]


def reviewer(published: Published, who: str) -> Row:
    """Return the person of the directory whose id or e-mail address `who` is."""
    found = published.rows(_PEOPLE, who=who.strip())
    if len(found) == 1:
        aliases = published.rows(_ALIASES, who=found[0]["engineer_id"])
        person = {**found[0], "ended_at": _utc(found[0]["ended_at"])}
        return {**person, "ids": [row["engineer_id"] for row in aliases]}
    if found:
        ids = ", ".join(row["engineer_id"] for row in found)
        raise ConfigurationError(f"The directory has several people for '{who}': {ids}. Name one.")
    raise ConfigurationError(
        f"The directory has nobody with the id or e-mail address '{who}'. See"
        ' oncall-audit sql "select engineer_id, name, email from engineers".'
    )


def people(published: Published, finding_id: str) -> list[str]:
    """Return the ids of everybody whom the finding is about, through their accounts too."""
    return [row["engineer_id"] for row in published.rows(_ABOUT, id=finding_id)]


def everybody(published: Published) -> dict[str, list[str]]:
    """Return the ids of those whom each finding is about."""
    found: dict[str, list[str]] = {}
    for row in published.rows(_EVERYBODY):
        found.setdefault(row["finding_id"], []).append(row["engineer_id"])
    return found


def history(
    finding: Mapping[str, Any], made: Iterable[Decision], now: datetime
) -> list[dict[str, Any]]:
    """Return the states a finding has had, oldest first, and what became of the last one."""
    own = [it for it in made if it.finding_id == finding["finding_id"]]
    states: list[dict[str, Any]] = [
        {
            "state": it.state,
            "at": it.decided_at,
            "by": it.engineer,
            "reason": it.reason,
            "until": it.expires_at,
        }
        for it in own
    ]
    if own and (state := own[-1].standing(_utc(finding["ended_at"]), now)) != own[-1].state:
        lapsed = state == "open"
        at = own[-1].expires_at if lapsed else _utc(finding["ended_at"])
        reason = "the acceptance has expired" if lapsed else "it was still there afterwards"
        states.append({"state": state, "at": at, "by": None, "reason": reason, "until": None})
    return states


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
