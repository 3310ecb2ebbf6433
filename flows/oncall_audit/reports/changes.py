"""What changed since the audit before: findings, decisions, entitlements, policy and code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oncall_audit.reports.published import Published, Row

LISTED = 200
DECISIONS = 200

_BEFORE = """
    select started_at, until, policy_sha256, code_version from audit_runs where run_id = $run
"""
_ENTITLEMENTS = """
    select entitlement_drift.*, engineers.name, engineers.team
    from entitlement_drift
    left join engineers on entitlement_drift.engineer_id = engineers.engineer_id
    where kind in ('added', 'removed', 'expired') and observed_on >= cast($since as date)
    order by observed_on desc, kind, system, resource_id nulls last, permission,
        account nulls last, granted_via nulls last
"""
_COUNTED = f"""
    select count(*) filter (kind = 'added') as added, count(*) filter (kind = 'removed') as removed,
        count(*) filter (kind = 'expired') as expired
    from ({_ENTITLEMENTS})
"""
_DECIDED = """
    select acted_at, engineer, action, reason, finding_id from audit_actions
    order by acted_at desc nulls last, action_id nulls last limit $shown
"""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from the audit before, or all of the window in a first audit."""

    since: datetime | None
    previous_run: str | None
    counts: dict[str, int]
    entitlements: list[Row]
    decided: int
    has_new_policy: bool
    has_new_code: bool

    @property
    def entitlements_total(self) -> int:
        """Permissions added, removed or expired, listed or not."""
        return sum(self.counts.values())


def changes(published: Published, run: Row) -> Changes:
    """Compare with the audit before `run`; without one, with the begin of its window."""
    rows = published.rows(_BEFORE, run=run["previous_run"]) if run["previous_run"] else []
    before = rows[0] if rows else {}
    since = before.get("until") or run["since"]
    from_day = since or datetime.min  # noqa: DTZ901 - naive UTC, as in the tables
    [counts] = published.rows(_COUNTED, since=from_day)
    listed = f"{_ENTITLEMENTS} limit $listed"
    decided = "select count(*) from audit_actions where acted_at > $since and action <> 'reminded'"
    return Changes(
        since=since,
        previous_run=run["previous_run"],
        counts=counts,
        entitlements=published.rows(listed, since=from_day, listed=LISTED),
        decided=published.value(decided, since=before.get("started_at") or from_day),
        has_new_policy=_differs(before, run, "policy_sha256"),
        has_new_code=_differs(before, run, "code_version"),
    )


def decisions(published: Published) -> tuple[list[Row], int]:
    """Return the latest decisions and actions, and how many earlier ones there are."""
    rows = published.rows(_DECIDED, shown=DECISIONS)
    return rows, published.value("select count(*) from audit_actions") - len(rows)


def _differs(before: Row, run: Row, name: str) -> bool:
    return bool(before.get(name) and run[name] and before[name] != run[name])
