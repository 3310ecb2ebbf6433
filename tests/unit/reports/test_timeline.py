from __future__ import annotations

from pathlib import Path

import duckdb

from oncall_audit.reports.coverage import days_shown, strips
from oncall_audit.reports.published import Published
from oncall_audit.reports.summary import summarise
from oncall_audit.reports.timeline import Timeline, timeline


def _drawn(database: Path) -> Timeline:
    with Published(database) as tables:
        drawn = timeline(tables, summarise(tables).run)
    assert drawn is not None
    return drawn


def test_draws_shifts_sessions_and_time_off_policy(published: Path) -> None:
    drawn = _drawn(published)

    ben, ada = drawn.engineers
    assert (ben["owner"], ben["is_expanded"]) == ("e002", True)
    assert (
        ben["description"]
        == "0 shifts, 0 grants, 0 incidents, 1 session, 1 session with 30 min off policy"
    )
    assert ben["off_policy"] == [
        {
            "x": "54.17%",
            "width": "1.04%",
            "title": "3 Apr 2026 02:00: 30 min off policy on payments-db, 1 session",
        }
    ]
    assert (ada["owner"], ada["is_expanded"]) == ("e001", False)
    assert ada["lanes"] == {
        "shifts": "M0 0H500V1H0Z",
        "grants": "",
        "incidents": "M208.3 0H222.2V1H208.3Z",
        "sessions": "M208.3 0H229.2V1H208.3Z",
        "off_policy": "",
    }


def test_draws_a_service_with_the_grants_for_its_resources(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "insert into audit.access_requests values ('r1', 'e002', 'e001', 'payments-db',"
            " 'approved', '2026-04-02', '2026-04-02 12:00:00'), ('r2', 'e002', 'e001',"
            " 'payments-db', 'denied', '2026-04-03', '2026-04-03 12:00:00')"
        )
        connection.execute(
            "update audit.entitlements set expires_at = '2026-04-04', valid_from = '2026-04-03'"
            " where engineer_id = 'e002'"
        )

    [payments] = _drawn(built).services

    assert (payments["owner"], payments["is_expanded"], payments["people"]) == ("payments", True, 2)
    assert payments["description"] == (
        "1 shift, 2 grants, 1 incident, 2 sessions, 1 session with 30 min off policy"
    )
    assert payments["lanes"]["grants"] == "M0 0H250V1H0ZM500 0H1000V1H500Z"


def test_draws_the_end_of_a_session_that_outlasts_its_shift(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "update audit.sessions set is_start_allowed = true, allowed_seconds = 900,"
            " off_policy_seconds = 900 where session_id = 's2'"
        )

    [bar] = _drawn(built).engineers[0]["off_policy"]

    assert bar["title"] == "3 Apr 2026 02:15: 15 min off policy on payments-db, 1 session"


def test_merges_bars_that_are_nearer_than_a_pixel(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "insert into audit.sessions by name select 'm' || i as session_id, 'e001' as engineer_id,"
            " timestamp '2026-04-02 12:00:00' + to_minutes(i * 4) as started_at,"
            " timestamp '2026-04-02 12:02:00' + to_minutes(i * 4) as ended_at,"
            " 120 as duration_seconds, 0 as off_policy_seconds from range(300) as numbers (i)"
        )

    ada = _drawn(built).engineers[1]

    assert ada["sessions"] == 301
    assert ada["lanes"]["sessions"] == "M208.3 0H229.2V1H208.3Z" + "M250 0H666V1H250Z"


def test_draws_each_source_by_day_and_hour(published: Path) -> None:
    axis = _drawn(published).axis
    with Published(published) as tables:
        found = strips(tables, axis)

    assert days_shown(axis) == 2
    assert found == [
        {
            "source_name": "bastion",
            "paths": {
                "blind": "M0 3h1v3h-1z",
                "quiet": "M0 7h1v1h-1z",
                "seen": "M0 0h1v3h-1z" + "M0 6h1v1h-1z" + "M0 8h1v16h-1z" + "M1 0h1v24h-1z",
            },
        }
    ]


def test_draws_nothing_without_sessions(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("delete from audit.sessions")

    with Published(built) as tables:
        assert timeline(tables, summarise(tables).run) is None
