"""A plan's file says everything, in a stable order, and notices every change of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from situation import NOW, Situation, right

from oncall_audit.control import plans
from oncall_audit.control.making import make
from oncall_audit.control.model import Plan
from oncall_audit.errors import ConfigurationError

HOUR = timedelta(hours=1)


@pytest.fixture
def plan(situation: Situation) -> Plan:
    situation.wants("e1", NOW - HOUR, NOW + 8 * HOUR)
    situation.holds("e2", right("ben"), since=NOW - 9 * HOUR)
    situation.holds(None, right("mallory"), kind="unknown")
    situation.is_found("f1", "entitlement_drift_policy", "e2", "oncall_admin")
    return make(situation.known(), [], created_at=NOW)


def test_it_is_read_back_as_it_was(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.yml"
    plans.save(plan, path)
    first = path.read_bytes()
    plans.save(plan, path)

    assert plans.load(path) == plan
    assert path.read_bytes() == first


def test_people_read_in_it_what_is_done_why_and_how_to_undo_it(plan: Plan, tmp_path: Path) -> None:
    plans.save(plan, tmp_path / "plan.yml")

    said = yaml.safe_load((tmp_path / "plan.yml").read_text())

    assert said["changes"][1] == {
        "action": "revoke",
        "permission": "oncall_admin",
        "resource_name": "payments",
        "system": "postgresql",
        "account": "ben",
        "engineer_id": "e2",
        "resource_id": "payments-db",
        "reason": "not_in_policy",
        "why": "Ben Baker holds it since 2026-03-02 03:00 UTC: no shift, incident, request, role or"
        " exception gives it.",
        "since": "2026-03-02T03:00:00+00:00",
        "until": None,
        "closes": ["f1"],
        "undo": "Grant oncall_admin on payments (postgresql) to ben.",
        "change_id": said["changes"][1]["change_id"],
    }
    assert said["blast_radius"] == {
        "people": 2,
        "resources": 1,
        "systems": [
            {"system": "postgresql", "held": 2, "granted": 1, "revoked": 1, "warned": 0,
             "revoked_percent": 50.0}
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("account: ben", "account: cleo"),
        ("permission: oncall_admin", "permission: superuser"),
        ("action: revoke", "action: grant"),
        ("until: '2026-03-02T20:00:00+00:00'", "until: null"),
        ("limit: unresolved", "limit: freeze"),
        ("as_of: '2026-03-02", "as_of: '2026-03-03"),
    ],
)
def test_a_plan_that_was_edited_is_refused(plan: Plan, tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "plan.yml"
    plans.save(plan, path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(ConfigurationError, match="was changed after it was made"):
        plans.load(path)


@pytest.mark.parametrize("content", ["", "[]", "a: b", "changes: 1\n", "\x00", ": :"])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "plan.yml"
    path.write_text(content)

    with pytest.raises(ConfigurationError, match="is no plan"):
        plans.load(path)


def test_a_plan_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no plan .*none\.yml"):
        plans.load(tmp_path / "none.yml")
