"""Who may sign a review, what it is worth, and what becomes of it when the figures change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import Result

from oncall_audit.cli.doctor import doctor
from oncall_audit.errors import ConfigurationError, VerificationFailed
from oncall_audit.evidence import register
from oncall_audit.evidence.signing_off import STATEMENT
from oncall_audit.evidence.standing import outstanding
from oncall_audit.pipeline import reviews
from oncall_audit.policy.reviews import Duty, Reviews
from oncall_audit.workspace import Workspace

from .conftest import MONDAY, WEEK, audited, change, digest, listed, run

NEITHER = "insert into engineers values ('e003', 'Cleo Dunn', 'cleo.dunn@example.com', 'security', 'UTC', '2025-01-01', null)"
ADA = ("--by", "ada.abel@example.com")
BEN = ("--by", "e002")
CLEO = ("--by", "cleo.dunn@EXAMPLE.com")


@pytest.fixture
def week(whole: Workspace) -> Workspace:
    """A week that is audited whole, and somebody of whom it has no finding."""
    change(whole, NEITHER)
    return whole


def sign(workspace: Workspace, *options: str) -> Result:
    return run(workspace, "sign", WEEK, *options)


def refusal(result: Result) -> str:
    assert isinstance(result.exception, ConfigurationError)
    return str(result.exception)


def signatures(workspace: Workspace) -> list[dict[str, Any]]:
    return [it for it in register.read(workspace.register) if it.get("step") == "signed"]


def test_a_signature_names_the_figures_and_is_chained_into_the_register(week: Workspace) -> None:
    result = sign(week, *CLEO)

    assert result.output.startswith(f"Cleo Dunn signed {WEEK}, figures {digest(week)[:16]}.")
    (record,) = signatures(week)
    assert (record["engineer"], record["sha256"], record["statement"]) == (
        "e003",
        digest(week),
        STATEMENT,
    )
    assert (record["despite_gaps"], record["own_findings"]) == (None, [])
    state = listed(week)[WEEK]
    assert (state["state"], state["needs_another_signature"]) == ("signed", False)
    assert state["sentence"] == f"signed by e003 on {record['at'][:10]}"


def test_a_signer_with_a_finding_about_himself_is_told_and_needs_another(week: Workspace) -> None:
    first = sign(week, *BEN)

    assert "It has 1 finding about Ben" in first.output
    assert "Somebody without these findings has to sign too" in first.output
    assert [it["own_findings"] for it in signatures(week)] == [["f-new"]]
    assert listed(week)[WEEK]["state"] == "overdue"
    assert listed(week)[WEEK]["sentence"].endswith("; needs a second signature")

    # Each has findings, but none is about both.
    second = sign(week, *ADA)

    assert "has to sign too" not in second.output
    assert listed(week)[WEEK]["state"] == "signed"


def test_two_people_with_the_same_finding_do_not_vouch_for_each_other(week: Workspace) -> None:
    change(
        week,
        "insert into identities values ('linux', 'bcosta', 'e003', 'human', '2025-01-01', null)",
    )
    audited(week, at=MONDAY + timedelta(hours=1))

    sign(week, *BEN)
    sign(week, *CLEO)

    assert listed(week)[WEEK]["needs_another_signature"]
    sign(week, *ADA)
    assert listed(week)[WEEK]["state"] == "signed"


def test_other_figures_leave_a_signature_for_what_was_signed(week: Workspace) -> None:
    sign(week, *CLEO)
    change(week, "delete from sessions where session_id = 's1'")

    audited(week, at=MONDAY + timedelta(hours=5))

    state = listed(week)[WEEK]
    assert state["state"] == "changed"
    assert "for other figures" in state["sentence"]
    shown = run(week, "show", WEEK).output
    assert "for other figures" in shown
    assert "Since it was signed, these figures have changed: sessions tested 2 → 1." in shown
    assert sign(week, *CLEO).exit_code == 0
    assert listed(week)[WEEK]["state"] == "signed"


def test_gaps_are_signed_only_by_saying_so(site: Workspace) -> None:
    audited(site)

    assert "3 source hours are blind" in refusal(sign(site, *ADA))
    assert "--despite-gaps REASON" in refusal(sign(site, *ADA, "--despite-gaps", " "))
    assert signatures(site) == []
    sign(site, *ADA, "--despite-gaps", "The bastion was rebuilt.")
    assert [it["despite_gaps"] for it in signatures(site)] == ["The bastion was rebuilt."]


def test_a_period_without_gaps_is_not_signed_despite_them(week: Workspace) -> None:
    assert "has no gaps" in refusal(sign(week, *CLEO, "--despite-gaps", "To be sure."))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--by", "nobody"), "nobody with the id or e-mail address 'nobody'"),
        ((*CLEO, "--statement", " "), "An empty statement"),
    ],
)
def test_says_what_is_wrong_and_writes_nothing(
    week: Workspace, options: tuple[str, ...], words: str
) -> None:
    assert words in refusal(sign(week, *options))
    assert signatures(week) == []


def test_nobody_signs_the_same_twice_and_whoever_left_does_not_at_all(week: Workspace) -> None:
    sign(week, *CLEO)
    assert "already, for the same figures" in refusal(sign(week, *CLEO))

    change(week, "update engineers set ended_at = '2026-04-01' where engineer_id = 'e001'")
    assert "left on 2026-04-01" in refusal(sign(week, *ADA))


def test_the_policy_says_who_may_sign(week: Workspace) -> None:
    week.policy.write_text("reviews: {weekly: {by: [Ada.Abel@example.com]}}\n")

    assert "does not let Cleo Dunn sign weekly reviews" in refusal(sign(week, *CLEO))
    assert sign(week, *ADA).exit_code == 0


def test_what_is_not_reviewed_yet_cannot_be_signed(week: Workspace) -> None:
    assert "No audit has reviewed 2026-W15 yet" in refusal(run(week, "sign", "2026-W15", *CLEO))
    assert "it can be signed then" in refusal(run(week, "sign", "2099-01", *CLEO))
    assert "There is no period 'soon'" in refusal(run(week, "sign", "soon", *CLEO))


def test_a_review_that_was_changed_on_disk_is_told_and_not_signed(week: Workspace) -> None:
    path = week.reviews / WEEK / f"{digest(week)}.json"
    changed = path.read_bytes().replace(b'"sessions":2', b'"sessions":3')
    assert changed != path.read_bytes()
    path.write_bytes(changed)

    assert isinstance(sign(week, *CLEO).exception, VerificationFailed)
    path.unlink()
    assert "is missing" in str(run(week, "show", WEEK).exception)


@pytest.mark.parametrize(
    ("asked", "now", "states"),
    [
        (Reviews(), MONDAY + timedelta(days=6, hours=23), []),
        (Reviews(), MONDAY + timedelta(days=7), [(WEEK, "overdue")]),
        (Reviews(weekly=Duty(due_days=0)), MONDAY, [(WEEK, "overdue")]),
        (Reviews(weekly=Duty(required=False)), MONDAY + timedelta(days=99), []),
    ],
)
def test_a_review_is_overdue_from_its_day_on(
    week: Workspace, asked: Reviews, now: datetime, states: list[tuple[str, str]]
) -> None:
    found = outstanding(register.read(week.register), asked, "UTC", now)

    assert [(it.period.name, it.state) for it in found if it.made] == states


def test_the_list_goes_from_the_first_review_to_the_one_that_follows(week: Workspace) -> None:
    found = {name: it["state"] for name, it in listed(week).items() if it["kind"] == "weekly"}

    assert found == {WEEK: "overdue", "2026-W15": "overdue"}
    assert "overdue since 2026-04-13 05:30 UTC" in run(week, "list").output


def test_overdue_reviews_are_told_by_doctor(week: Workspace) -> None:
    from click.testing import CliRunner

    found = CliRunner().invoke(doctor, ["--json", "--workspace", str(week.root)])

    told = {it["subject"]: (it["state"], it["text"]) for it in json.loads(found.stdout)}
    state, text = told[f"review {WEEK}"]
    assert state == "note"
    assert text.startswith("overdue since 2026-04-13")
    assert f"review show {WEEK}" in text


def test_the_flow_writes_the_last_complete_period_and_says_what_waits(week: Workspace) -> None:
    made = reviews.complete(week, "weekly", None, MONDAY + timedelta(days=1))

    assert (made["period"], made["state"], made["waiting"]) == (WEEK, "due", [])
    assert sorted(path.rpartition(".")[2] for path in made["paths"]) == ["html", "json", "md"]
    later = reviews.complete(week, "weekly", WEEK, datetime(2026, 4, 14, tzinfo=UTC))
    assert later["waiting"] == [f"Review {WEEK} is overdue since 2026-04-13 05:30 UTC."]
    with pytest.raises(ConfigurationError, match=r"seen 2026-03 complete.*oncall-audit run"):
        reviews.complete(week, "monthly", None, MONDAY)
