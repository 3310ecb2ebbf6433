# ruff: noqa: DTZ001 - the tables hold naive times in UTC
from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from oncall_audit.reports.changes import Changes, changes, decisions
from oncall_audit.reports.published import Published
from oncall_audit.reports.summary import summarise


def _changes(database: Path) -> Changes:
    with Published(database) as tables:
        return changes(tables, summarise(tables).run)


def test_compares_with_the_audit_before(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "insert into audit.entitlement_drift by name select * from (values"
            " (date '2026-04-01', 'e001', 'aabel', 'linux', 'payments-db', 'read', 'added'),"
            " (date '2026-04-02', 'e001', 'aabel', 'linux', 'edge-dns', 'read', 'added'),"
            " (date '2026-04-03', 'e002', 'bcosta', 'linux', 'payments-db', 'admin', 'removed'))"
            " as seen (observed_on, engineer_id, account, system, resource_id, permission, kind)"
        )
        connection.execute("update audit.audit_runs set policy_sha256 = 'b' where run_id = 'run-1'")

    found = _changes(built)

    assert (found.since, found.previous_run) == (datetime(2026, 4, 2), "run-1")
    assert (found.has_new_policy, found.has_new_code) == (True, False)
    assert found.counts == {"added": 1, "removed": 1, "expired": 0}
    assert [(row["kind"], row["resource_id"]) for row in found.entitlements] == [
        ("removed", "payments-db"),
        ("added", "edge-dns"),
    ]


def test_a_first_audit_tells_of_its_window(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("delete from audit.audit_runs where run_id = 'run-1'")

    found = _changes(built)

    assert (found.since, found.previous_run) == (datetime(2026, 4, 2), None)
    assert (found.has_new_policy, found.has_new_code, found.decided) == (False, False, 0)


def test_counts_what_was_decided_since(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "create table audit.audit_actions as select 'a' || day as action_id,"
            " 'f-done' as finding_id, 'ada.abel@example.com' as engineer, 'accepted' as action,"
            " 'known' as reason, timestamp '2026-04-01' + to_days(day::int) as acted_at"
            " from range(4) as days (day)"
        )

    with Published(built) as tables:
        found = changes(tables, summarise(tables).run)
        latest, earlier = decisions(tables)

    assert found.decided == 2
    assert ([row["acted_at"].day for row in latest], earlier) == ([4, 3, 2, 1], 0)
