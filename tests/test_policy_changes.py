"""A policy that is changed today does not rewrite yesterday, unless it says that it should."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from audits import rows, tables
from nights import Nights

from oncall_audit.pipeline.start import audit
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow


def change(workspace: Workspace, **said: Any) -> None:
    """Let everybody hold everything, and take away what opens payments and calls rights high."""
    policy = yaml.safe_load(workspace.policy.read_text())
    policy["roles"].append({"team": "payments", "resources": "*", "permissions": "*"})
    policy["roles"].append({"team": "search", "resources": "*", "permissions": "*"})
    policy["services"]["payments"]["schedules"] = []
    policy["privileged"] = ["*:*"]
    policy["break_glass"] = ["nothing:at-all"]
    policy["service_accounts"] = ["linux:*"]
    policy["resources"]["payments-db"]["names"] = ["postgresql:elsewhere"]
    policy["networks"] = {"0.0.0.0/0": {"country": "NZ"}}
    policy["gateways"]["teleport"]["resources"] = list(policy["resources"])
    workspace.policy.write_text(yaml.safe_dump({**policy, **said}))


@pytest.fixture(scope="module", name="changed")
def _changed(nights: Nights, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The night after somebody changed the policy in every direction."""
    workspace = nights.tonight(tmp_path_factory.mktemp("changed") / "workspace")
    change(workspace)
    audit(workspace.root, since=nights.since, until=nights.until)
    return workspace


def test_what_happened_before_stays_as_it_was_judged(nights: Nights, changed: Workspace) -> None:
    assert tables(changed) == nights.expected


def test_both_policies_are_kept_with_the_time_through_which_they_hold(changed: Workspace) -> None:
    versions = rows(
        changed,
        "select policy_sha256, valid_from, valid_until, is_declared from policy_versions order by recorded_at",
    )

    (old, since, changed_at, _), (new, changed_since, until, is_declared) = versions
    assert (since, until, is_declared) == (None, None, False)
    assert changed_at == changed_since is not None
    assert {path.stem for path in changed.policies.iterdir()} == {old, new}
    assert rows(changed, "select distinct policy_sha256 from findings") == [(old,)]


def test_a_declared_change_counts_from_the_time_it_says_and_in_a_rebuild_too(
    nights: Nights, changed: Workspace
) -> None:
    since = nights.until - timedelta(days=1)
    change(changed, effective_from=since)

    audit(changed.root, since=nights.since, until=nights.until)
    nightly = tables(changed)
    audit(changed.root, since=nights.since, until=nights.until, full_refresh=True)

    assert tables(changed) == nightly
    begin = since.replace(tzinfo=None)
    assert before(changed, begin) == rows_before(nights, begin)
    # A shift is judged by the policy of its beginning: one that was under way then still covers.
    assert covered(Workspace(nights.good), begin) > 0
    assert covered(changed, begin) == 0
    assert rows(changed, "select count(distinct policy_sha256) from findings") == [(2,)]


def covered(workspace: Workspace, begin: datetime) -> int:
    """Count the sessions on payments within shifts that began at or after an instant."""
    [(count,)] = rows(
        workspace,
        "select count(*) from sessions inner join shifts using (shift_id)"
        f" where sessions.service = 'payments' and shifts.started_at >= timestamp '{begin}'",
    )
    return int(count)


def before(workspace: Workspace, begin: datetime) -> list[tuple[Any, ...]]:
    # Whether a right is dormant is asked today, of a right as it is seen today.
    return rows(
        workspace,
        "select finding_id, rule_id, started_at from findings where rule_id <> 'dormant_entitlement'"
        f" and started_at < timestamp '{begin}' order by all",
    )


def rows_before(nights: Nights, begin: datetime) -> list[tuple[Any, ...]]:
    return before(Workspace(nights.good), begin)
