"""What the audit knows of one person: shifts, use, rights, what is due, and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence.decisions import UNDECIDED, Decision
from oncall_audit.reports.decided import overlaid, reviewer
from oncall_audit.reports.findings import shown_findings
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import plural, visible

SHOWN = 50
_REMINDED = 20

_SHIFTS = """
    select schedule, string_agg(distinct service, ', ' order by service) as services, level, origin,
        started_at, ended_at, started_at >= $until as is_to_come
    from shifts where engineer_id = $engineer and ended_at > $since
    group by schedule, level, origin, started_at, ended_at
    order by started_at desc, schedule, level
"""
_USED = """
    select coalesce(resource_id, resource_name, system) as resource, any_value(system) as system,
        count(*) as sessions, sum(duration_seconds) as seconds,
        sum(coalesce(off_policy_seconds, 0)) as off_seconds, max(started_at) as last_at
    from sessions
    where engineer_id = $engineer and started_at < $until and ended_at >= $since
    group by all order by off_seconds desc, sessions desc, resource
"""
_OFF_POLICY = """
    select coalesce(resource_id, resource_name, system) as resource, system, account, started_at,
        ended_at, duration_seconds as seconds, off_policy_seconds as off_seconds, session_id,
        coalesce(is_start_allowed, false) as is_overrun
    from sessions
    where engineer_id = $engineer and off_policy_seconds > 0
        and started_at < $until and ended_at >= $since
    order by started_at desc, session_id
"""
_HELD = """
    with due as (
        select resource_id, permission, bool_or(can_access and not should_access) as is_due
        from access_map where engineer_id = $engineer group by all
    )
    select coalesce(held.resource_id, held.resource_name, 'everything') as resource, held.system,
        held.account, held.permission, held.privileged, held.granted_via, held.valid_from,
        held.expires_at, held.last_used_at, coalesce(due.is_due, false) as is_due
    from entitlements as held
    left join due on held.resource_id = due.resource_id and held.permission = due.permission
    where held.engineer_id = $engineer and (held.valid_until is null or held.valid_until > $until)
    order by is_due desc, privileged desc nulls last, resource, held.system, held.permission,
        held.account
"""
_DETECTED = "select run_id, started_at from audit_runs"
_TEAM = """
    select engineer_id, name, email, team, time_zone, started_at, ended_at from engineers
    where lower(team) = lower($team) and coalesce(ended_at > $since, true)
    order by name, engineer_id
"""
_TEAMS = "select distinct team from engineers where team is not null order by team"
_ALL_OF_THEM = "select team, time_zone from engineers where engineer_id = $engineer"


@dataclass(frozen=True, slots=True)
class Person:
    """One engineer in the window of an audit."""

    who: Row
    shifts: list[Row]
    used: list[Row]
    off_policy: list[Row]
    held: list[Row]
    findings: list[Row]

    @property
    def engineer_id(self) -> str:
        """The directory's key."""
        return str(self.who["engineer_id"])

    @property
    def open(self) -> list[Row]:
        """Findings that wait for a decision, the urgent first."""
        return [row for row in self.findings if row["state"] in UNDECIDED]

    @property
    def due(self) -> list[Row]:
        """Rights that the policy does not give, and that are still held."""
        return [row for row in self.held if row["is_due"]]

    @property
    def figures(self) -> dict[str, Any]:
        """What stands first: hours on shift, sessions, seconds of use and off policy."""
        past = [row for row in self.shifts if not row["is_to_come"]]
        return {
            "shifts": len(past),
            "sessions": sum(row["sessions"] for row in self.used),
            "seconds": sum(row["seconds"] or 0 for row in self.used),
            "off_seconds": sum(row["off_seconds"] for row in self.used),
            "held": len(self.held),
            "due": len(self.due),
            "open": len(self.open),
        }

    @property
    def reminded(self) -> list[Row]:
        """The findings that a reminder names."""
        return self.open[:_REMINDED]


def engineer(published: Published, name: str, run: Row, made: Iterable[Decision]) -> list[Person]:
    """Return the person with this id or e-mail address; raise `ConfigurationError` for nobody."""
    who = reviewer(published, name)
    rest = published.rows(_ALL_OF_THEM, engineer=who["engineer_id"])[0]
    return [_person(published, {**who, **rest}, run, list(made))]


def team(published: Published, name: str, run: Row, made: Iterable[Decision]) -> list[Person]:
    """Return the members of a team in the window; raise `ConfigurationError` for no team."""
    rows = published.rows(_TEAM, team=name.strip(), since=_window(run)["since"])
    if not rows:
        teams = ", ".join(visible(row["team"]) for row in published.rows(_TEAMS))
        raise ConfigurationError(f"The directory has no team '{name}'. Teams: {teams or 'none'}.")
    known = list(made)
    people = [_person(published, row, run, known) for row in rows]
    return sorted(people, key=lambda it: (-it.figures["open"], -it.figures["due"]))


def _person(published: Published, who: Row, run: Row, made: list[Decision]) -> Person:
    asked = {**_window(run), "engineer": who["engineer_id"]}
    found = shown_findings(published, run["run_id"], engineers=[who["engineer_id"]])
    # As of the run, or of what was decided since: the same inputs give the same page.
    made_at = run["started_at"] or run["until"]
    at = [it.decided_at for it in made] + ([_utc(made_at)] if made_at else [])
    findings = overlaid(found, made, max(at)) if at else found
    detected = {row["run_id"]: row["started_at"] for row in published.rows(_DETECTED)}
    for row in findings:
        row["reason"] = _reason(row, run, detected.get(row["first_detected_run"]))
    return Person(
        who=who,
        shifts=published.rows(_SHIFTS, **asked),
        used=published.rows(_USED, **asked),
        off_policy=published.rows(_OFF_POLICY, **asked),
        held=published.rows(_HELD, **asked),
        findings=findings,
    )


def _reason(finding: Row, run: Row, detected_at: datetime | None) -> str:
    if finding["is_new"] or detected_at is None or run["started_at"] is None:
        return "found by this audit"
    return f"known for {plural((run['started_at'] - detected_at).days, 'day')}"


def _window(run: Row) -> dict[str, datetime]:
    return {
        "since": run["since"] or datetime.min,  # noqa: DTZ901 - naive UTC, as in the tables
        "until": run["until"] or datetime.max,  # noqa: DTZ901
    }


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
