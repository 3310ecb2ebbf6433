"""Whatever alone has changed since last night, what is published is what a full refresh makes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from audits import rows
from nights import Nights

from oncall_audit.__main__ import main
from oncall_audit.errors import AuditError
from oncall_audit.pipeline import knowledge
from oncall_audit.pipeline.start import audit, audit_incident
from oncall_audit.warehouse.connection import connect
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

# Tables of the runs themselves tell of each run anew.
OF_RUNS = {"audit_runs", "run_metrics"}
# What findings compare with, where a difference may long go without a finding.
COMPARED = ("int_sessions__hours_counted", "int_sessions__baselined", "int_engineer_days__compared")


class Nightly:
    """A workspace that is audited night after night over the same days."""

    def __init__(self, nights: Nights, root: Path) -> None:
        self.nights = nights
        self.workspace = Workspace(root)
        self.made = 0
        shutil.copytree(nights.audited, root, symlinks=True)

    def run(self, *, full_refresh: bool = False) -> dict[str, list[tuple[Any, ...]]]:
        """Audit, count the tables that were made, and return all that is told and compared."""
        log = self.workspace.dbt_logs / "dbt.log"
        begin = log.stat().st_size
        window = {"since": self.nights.since, "until": self.nights.until}
        audit(self.workspace.root, **window, full_refresh=full_refresh)
        made = re.findall(r"OK created sql (?:table|incremental)", log.read_text()[begin:])
        self.made = len(made)
        names = rows(
            self.workspace,
            "select table_name from information_schema.tables"
            " where table_catalog = 'published' and table_schema = 'audit' order by 1",
        )
        published = {name: self.published(name) for (name,) in names if name not in OF_RUNS}
        with connect(self.workspace.warehouse, read_only=True) as warehouse:
            kept = {it: warehouse.execute(f"from {it} order by all").fetchall() for it in COMPARED}
        return published | kept

    def published(self, name: str) -> list[tuple[Any, ...]]:
        shown = "* exclude (run_id)" if name == "rule_runs" else "*"
        return rows(self.workspace, f"select {shown} from {name} order by all")

    def deliver(self, folder: str) -> None:
        place = Path(folder)
        shutil.copytree(
            self.nights.delivered / place, self.workspace.root / place, dirs_exist_ok=True
        )

    def edit_policy(self) -> None:
        policy = yaml.safe_load(self.workspace.policy.read_text())
        everything = {"team": "payments", "resources": "*", "permissions": "*"}
        policy["roles"].append(everything)
        policy["privileged"] = ["*:*"]
        policy["effective_from"] = self.nights.until - timedelta(days=2)
        self.workspace.policy.write_text(yaml.safe_dump(policy))


def nothing(_night: Nightly) -> None:
    pass


def a_day_of_logs(night: Nightly) -> None:
    night.deliver("logs")


def a_schedule(night: Nightly) -> None:
    night.deliver("exports/pagerduty/schedules")


def the_incidents(night: Nightly) -> None:
    night.deliver("exports/pagerduty/incidents")
    night.deliver("exports/pagerduty/log_entries")


def the_directory(night: Nightly) -> None:
    """Somebody who was there is in it no longer."""
    night.deliver("exports/directory")
    newest = max((night.workspace.root / "exports" / "directory").iterdir())
    newest.write_text(json.dumps(json.loads(newest.read_text())[1:]))


def the_policy(night: Nightly) -> None:
    night.edit_policy()


def a_decision(night: Nightly) -> None:
    ((finding,),) = rows(
        night.workspace, "select min(finding_id) from findings where state = 'open'"
    )
    ((reviewer,),) = rows(
        night.workspace,
        "select max(engineer_id) from engineers where ended_at is null and engineer_id not in"
        " (select engineer_id from findings where engineer_id is not null)",
    )
    said = ["--by", reviewer, "--reason", "Seen and settled.", "--until", "2999-12-31"]
    root = ["--workspace", str(night.workspace.root)]
    assert main(["findings", "accept", finding, *said, *root]) == 0


def an_incident_report(night: Nightly) -> None:
    ((incident,),) = rows(night.workspace, "select min(incident_id) from incidents")
    audit_incident(night.workspace.root, incident)


def a_failed_build(night: Nightly) -> None:
    """Under a policy that was taken back the tables were made, and that they are is not known."""
    policy = night.workspace.policy.read_text()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knowledge, "confirm", _fail)
        night.edit_policy()
        with pytest.raises(AuditError, match="as planned"):
            night.run()
    night.workspace.policy.write_text(policy)


def _fail(*_: object) -> None:
    raise AuditError("It fails as planned.")


CHANGES = (
    (nothing, a_schedule, the_directory, the_policy),
    (a_day_of_logs, a_decision, an_incident_report, the_incidents, a_failed_build),
)


@pytest.mark.parametrize("changes", CHANGES, ids=lambda changes: changes[0].__name__)
def test_one_change_after_the_other_gives_what_a_full_refresh_gives(
    nights: Nights, tmp_path: Path, changes: tuple[Callable[[Nightly], None], ...]
) -> None:
    night = Nightly(nights, tmp_path / "workspace")
    before = night.run()
    for change in changes:
        change(night)
        published, made = night.run(), night.made
        # The next night goes on from this one and not from the refresh.
        kept = shutil.copy(night.workspace.warehouse, tmp_path / "kept.duckdb")
        refreshed = night.run(full_refresh=True)
        shutil.copy(kept, night.workspace.warehouse)

        differing = {name for name in refreshed if refreshed[name] != published[name]}
        assert (change.__name__, differing) == (change.__name__, set())
        assert (change.__name__, published != before) == (change.__name__, change is not nothing)
        # Or it would prove nothing.
        is_less = change is not a_failed_build
        assert (change.__name__, made < night.made) == (change.__name__, is_less)
        before = published
