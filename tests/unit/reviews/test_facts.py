"""What a review says of its period, and what does not change it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oncall_audit import periods
from oncall_audit.evidence import register
from oncall_audit.evidence.decisions import STATES, Decision
from oncall_audit.reports.review_findings import Known, findings_of
from oncall_audit.workspace import Workspace

from .conftest import MONDAY, WEEK, audited, change, decide, digest, facts

COUNTS = ("open_before", "opened", "reopened", "closed", "open_after")


def counts(found: dict[str, Any]) -> tuple[int, ...]:
    return tuple(found["findings"][name] for name in COUNTS)


def test_a_review_tells_which_audits_cover_the_period_and_what_is_blind(site: Workspace) -> None:
    audited(site)

    audits = facts(site)["audits"]

    assert [(it["run_id"], it["since"], it["until"]) for it in audits["runs"]] == [
        ("run-1", "2026-03-30T00:00:00+00:00", "2026-04-02T00:00:00+00:00"),
        ("run-2", "2026-04-02T00:00:00+00:00", "2026-04-06T05:30:00+00:00"),
    ]
    assert (audits["uncovered"], audits["blind_hours"], audits["source_hours"]) == ([], 3, 48)
    assert audits["blind"] == [
        {
            "source_name": "bastion", "hours": 3, "since": "2026-04-02T03:00:00+00:00",
            "until": "2026-04-02T06:00:00+00:00",
        }
    ]  # fmt: skip


def test_hours_without_an_audit_are_named_and_neither_incidents_nor_failures_fill_them(
    site: Workspace,
) -> None:
    register.append(site.register, {"kind": "run", "run_id": "of-incident", "incident": "i1"})
    run = "insert into audit_runs (run_id, since, until, started_at, state) values"
    change(
        site,
        "update audit_runs set until = '2026-04-01 12:00:00' where run_id = 'run-1'",
        f"{run} ('of-incident', '2026-04-01', '2026-04-03', '2026-04-03', 'complete')",
        f"{run} ('broken', '2026-04-01', '2026-04-03', '2026-04-03', 'failed')",
    )
    audited(site)

    audits = facts(site)["audits"]

    assert audits["uncovered"] == [
        {"since": "2026-04-01T12:00:00+00:00", "until": "2026-04-02T00:00:00+00:00"}
    ]
    assert audits["uncovered_seconds"] == 12 * 3600
    assert (audits["incident_runs"], audits["failed_runs"]) == (["of-incident"], ["broken"])


def test_the_population_is_the_periods_own(whole: Workspace) -> None:
    assert {it["label"]: it["count"] for it in facts(whole)["population"]} == {
        "sessions": 2,
        "events": 2,
        "entitlements": 2,
        "shifts": 1,
        "engineers with sessions": 2,
    }


def test_findings_of_a_period_add_up(site: Workspace) -> None:
    decide(
        site,
        "f-done",
        "accepted",
        "2026-04-02T09:00:00+00:00",
        expires_at="2026-05-01T00:00:00+00:00",
    )
    audited(site)

    found = facts(site)

    assert counts(found) == (0, 3, 0, 1, 2)
    assert [
        (it["finding_id"], it["state"], it["people"], it["opened_at"], it["age_days"])
        for it in found["findings"]["listed"]
    ] == [
        ("f-done", "accepted", ["e001"], "2026-04-01T01:00:00+00:00", 4),
        ("f-new", "open", ["e002"], "2026-04-03T02:00:00+00:00", 2),
        ("f-old", "open", [], "2026-04-01T00:00:00+00:00", 5),
    ]
    assert [it["finding_id"] for it in found["decisions"]] == ["f-done"]


def test_a_decision_made_when_the_week_is_over_belongs_to_the_next(site: Workspace) -> None:
    audited(site)
    before = digest(site)
    decide(site, "f-new", "remediated", "2026-04-06T00:00:00+00:00")
    audited(site, at=MONDAY + timedelta(hours=1))

    assert digest(site) == before
    decide(site, "f-new", "reopened", "2026-04-05T23:59:59+00:00")
    audited(site, at=MONDAY + timedelta(hours=1))
    assert digest(site) != before


def test_an_acceptance_that_ran_out_is_open_again_and_one_that_will_is_told(
    site: Workspace,
) -> None:
    ending = {"expires_at": "2026-04-04T00:00:00+00:00"}
    decide(site, "f-done", "accepted", "2026-03-29T09:00:00+00:00", **ending)
    decide(
        site,
        "f-old",
        "accepted",
        "2026-04-01T09:00:00+00:00",
        expires_at="2026-04-10T00:00:00+00:00",
    )
    change(site, "update findings set started_at = '2026-03-20' where finding_id = 'f-done'")
    audited(site)

    found = facts(site)

    assert counts(found) == (0, 2, 1, 1, 2)
    assert [it["finding_id"] for it in found["accepted_ending"]] == ["f-done", "f-old"]


def test_a_finding_that_came_late_opens_with_the_audit_that_found_it(site: Workspace) -> None:
    change(site, "update findings set started_at = '2026-03-20' where first_detected_run = 'run-2'")
    audited(site)

    listed = {it["finding_id"]: it for it in facts(site)["findings"]["listed"]}

    assert listed["f-new"]["opened_at"] == "2026-04-02T00:00:00+00:00"
    assert (listed["f-new"]["is_opened"], listed["f-new"]["is_late"]) == (True, True)
    assert facts(site)["findings"]["opened_late"] == 1


def test_changes_of_access_in_the_period_are_listed(site: Workspace) -> None:
    step = {
        "kind": "access", "step": "applied", "plan_sha256": "p", "by": "e001", "message": "",
        "change_id": "c1", "action": "revoke", "system": "linux", "account": "bcosta",
        "resource_name": "payments-db", "permission": "admin", "engineer_id": "e002",
        "reason": "not_in_policy",
    }  # fmt: skip
    for at in (
        "2026-03-29T23:59:59+00:00",
        "2026-03-30T00:00:00+00:00",
        "2026-04-06T00:00:00+00:00",
    ):
        register.append(site.register, {**step, "at": at})
    audited(site)

    changes = facts(site)["changes"]

    assert changes["steps"] == {"applied": 1}
    assert [(it["at"], it["action"], it["account"]) for it in changes["done"]] == [
        ("2026-03-30T00:00:00+00:00", "revoke", "bcosta")
    ]


def test_a_control_whose_rules_were_silent_is_not_passed(site: Workspace) -> None:
    change(
        site,
        "delete from findings",
        "update rule_runs set state = 'silent' where rule_id = 'log_gap'",
        "insert into controls values ('SOC 2', 'CC6.1', 'log_gap', 'x', 'not tested', 0)",
    )
    register.append(site.register, {"kind": "run", "run_id": "run-1", "silent_rules": []})
    audited(site)

    results = {it["control_id"]: (it["result"], it["partly"]) for it in facts(site)["controls"]}

    assert results == {
        "CC6.1": ("tested in part", ["log_gap"]),
        "CC7.2": ("tested in part", ["log_gap"]),
    }


def test_the_same_tables_and_register_say_the_same_whenever_they_are_asked(
    whole: Workspace,
) -> None:
    before = (digest(whole), whole.register.read_bytes())

    audited(whole, at=MONDAY + timedelta(hours=3))

    assert (digest(whole), whole.register.read_bytes()) == before


def test_a_week_that_is_not_over_is_not_reviewed(workspace: Workspace) -> None:
    workspace.config.write_text("organisation: Example\n")
    workspace.policy.write_text("services: {}\n")

    assert audited(workspace) == []
    assert not workspace.register.exists()


MARCH, MAY = datetime.fromisoformat("2026-03-01"), datetime.fromisoformat("2026-05-01")
MOMENTS = st.datetimes(MARCH, MAY)


@st.composite
def histories(draw: st.DrawFn) -> Known:
    """Findings that opened at some time, and anything that may have been decided about them."""
    rows, decisions = [], {}
    for number in range(draw(st.integers(0, 6))):
        name, opened = f"f{number}", draw(MOMENTS)
        ended = opened + timedelta(hours=draw(st.integers(0, 900)))
        rows.append(
            {
                "finding_id": name, "rule_id": "log_gap", "severity": "high", "engineer_id": None,
                "account": None, "system": None, "resource": None, "began_at": opened,
                "opened_at": opened, "ended_at": ended,
            }
        )  # fmt: skip
        at = sorted(draw(st.lists(MOMENTS, max_size=4)))
        decisions[name] = [
            Decision("a", name, "e001", draw(st.sampled_from(STATES)), "x", it.replace(tzinfo=UTC),
                     draw(st.none() | MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))))
            for it in at
        ]  # fmt: skip
    return Known(rows, {}, decisions)


@given(histories(), st.sampled_from(periods.KINDS))
def test_each_period_goes_on_where_the_one_before_ended(known: Known, kind: periods.Kind) -> None:
    period = periods.current(datetime(2026, 4, 1, tzinfo=UTC), kind, "Europe/Berlin")

    now, following = findings_of(known, period), findings_of(known, period.after)

    for it in (now, following):
        before, opened, reopened, closed, after = (it[name] for name in COUNTS)
        assert before + opened + reopened - closed == after
        assert sum(row["open_after"] for row in it["by_severity"]) == after
    assert following["open_before"] == now["open_after"]
    assert {it["finding_id"] for it in following["listed"] if it["was_open"]} == {
        it["finding_id"] for it in now["listed"] if not it["is_closed"]
    }


def test_the_first_review_of_a_week_is_noted_once(whole: Workspace) -> None:
    (record,) = register.read(whole.register)

    assert (record["step"], record["period"], record["run_id"]) == ("made", WEEK, "run-2")
    assert record["figures"] == facts(whole)["figures"]


def test_a_review_stays_as_it_was_once_the_tables_no_longer_hold_its_hours(
    whole: Workspace,
) -> None:
    before = digest(whole)
    change(whole, "delete from coverage where hour_start < '2026-04-03'", "delete from sessions")

    assert audited(whole, at=MONDAY + timedelta(hours=3)) == []
    assert digest(whole) == before
