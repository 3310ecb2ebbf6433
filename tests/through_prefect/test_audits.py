"""The same audit through a real Prefect server: its flows and records."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from audits import Audited, Organisation, tables
from nights import Nights
from prefect_server import Server, dumped, plain, runs
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.errors import ConfigurationError
from oncall_audit.pipeline.start import audit
from oncall_audit.pipeline.status import read_status
from oncall_audit.workspace import Workspace

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

TOKEN = "canary-5f1d0c7a9b3e4d28"
HOUR = timedelta(hours=1)
OWN = {"run_id", "started_at", "ended_at", "measures", "previous_sha256", "workspace"}


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """A PagerDuty account with nothing in it, which refuses the first two requests."""
    refusals = iter((401, 401))

    def answer(request: Request) -> Response:
        assert request.headers["Authorization"] == f"Token token={TOKEN}"
        content = {request.path.rpartition("/")[2]: [], "more": False}
        return Response(json.dumps(content), next(refusals, 200), content_type="application/json")

    with HTTPServer(host="127.0.0.1") as http:
        http.expect_request(re.compile("/.*")).respond_with_handler(answer)
        yield http.url_for("/")
        assert next(refusals, None) is None


@pytest.fixture(scope="module")
def directly(nights: Nights, organisation: Organisation) -> Audited:
    """A night of the demo organisation, audited in this process."""
    return Audited(Workspace(nights.good), organisation.answers, nights.outcome)


@pytest.fixture(scope="module")
def through(
    nights: Nights,
    organisation: Organisation,
    server: Server,
    account: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Audited:
    """The same night, and a source that needs a token, audited by the flows."""
    workspace = nights.tonight(tmp_path_factory.mktemp("through") / "workspace")
    workspace.secrets.write_text(f"ACCOUNT_TOKEN={TOKEN}\n")
    said = yaml.safe_load(workspace.config.read_text())
    # Changes of schedules are kept for a year, and the demo organisation's nights stay where they are.
    options = {"url": account, "token": "${ACCOUNT_TOKEN}", "changes": False}
    said["sources"]["account"] = {"type": "pagerduty", **options}
    workspace.config.write_text(yaml.safe_dump(said))
    outcome = audit(workspace.root, since=nights.since, until=nights.until)
    return Audited(workspace, organisation.answers, outcome)


def test_flows_publish_what_a_run_in_this_process_publishes(
    through: Audited, directly: Audited, nights: Nights
) -> None:
    assert (through.outcome.through_prefect, directly.outcome.through_prefect) == (True, False)
    assert tables(through.workspace) == nights.expected
    for fact in ("state", "window", "findings", "new_findings", "messages"):
        assert getattr(through.outcome, fact) == getattr(directly.outcome, fact)
    assert list(through.outcome.stage_seconds) == list(directly.outcome.stage_seconds)


def test_flows_leave_the_same_register_and_status(through: Audited, directly: Audited) -> None:
    entries = [runs(it.workspace) for it in (through, directly)]
    statuses = [read_status(it.workspace) for it in (through, directly)]

    # The night before, and this one.
    assert [len(it) for it in entries] == [2, 2]
    by_flows, alone = ({**it[1]} for it in entries)
    assert by_flows.keys() == alone.keys()
    assert {name for name in alone if by_flows[name] != alone[name]} <= OWN
    assert [status.keys() for status in statuses] == [
        {"run_id", "stale_since", "published", "last"}
    ] * 2
    assert statuses[0]["run_id"] == through.outcome.run_id


def test_a_source_that_fails_twice_is_tried_a_third_time(through: Audited, server: Server) -> None:
    found = server.ask("task_runs/filter", task_runs={"name": {"any_": ["extract-account"]}})

    assert [(it["run_count"], it["state_name"]) for it in found] == [(3, "Completed")]
    assert through.outcome.messages == []


def test_recorded_parameters_are_plain_and_name_no_option_of_a_source(
    through: Audited, nights: Nights, server: Server
) -> None:
    found = server.ask("flow_runs/filter")
    recorded = [it["parameters"] for it in found]

    root = str(through.workspace.root)
    whole = [it for it in recorded if it.get("workspace") == root]
    stages = [it for it in recorded if it.get("run", {}).get("workspace") == root]
    assert [set(it) for it in whole] == [{"workspace", "since", "until", "full_refresh"}]
    assert whole[0]["since"] == nights.since.isoformat()
    assert len(stages) == 4
    for it in stages:
        assert set(it) == {"run", "done"}
        assert set(it["run"]) == {
            *("workspace", "run_id", "since", "until", "started_at"),
            *("full_refresh", "incident", "goes_on"),
        }
    assert "token" not in json.dumps(recorded).lower()


def test_a_secret_is_neither_in_prefects_records_nor_in_the_data(
    through: Audited, server: Server
) -> None:
    folders = [server.home, Path(os.environ["PREFECT_HOME"]), through.workspace.data]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    leaking = [path for path in files if TOKEN.encode() in plain(path)]

    assert leaking == []
    assert TOKEN.encode() in plain(through.workspace.secrets)
    text = dumped(server.home / "prefect.db")
    assert TOKEN not in text
    assert "extract-account" in text


def test_the_report_and_what_was_read_are_shown_as_artifacts(
    through: Audited, server: Server
) -> None:
    found = {it["key"]: it for it in server.ask("artifacts/filter")}

    report, sources = found["oncall-audit-report"], found["oncall-audit-sources"]
    publication = through.workspace.publication
    assert report["type"] == "markdown"
    assert report["data"] == (publication / "report.md").read_text()
    assert sources["type"] == "table"
    read = {row["source"]: row["state"] for row in json.loads(sources["data"])}
    assert read["account"] == "complete"
    assert len(read) == len(json.loads((publication / "run.json").read_text())["sources"])


def test_a_review_is_written_shown_and_told_as_due(through: Audited, server: Server) -> None:
    from oncall_audit.pipeline.review_flows import review

    made = review(kind="monthly", period="2026-03", workspace=str(through.workspace.root))

    assert (made["period"], made["state"], made["waiting"]) == ("2026-03", "due", [])
    pages = {path.rpartition(".")[2]: Path(path) for path in made["paths"]}
    found = {it["key"]: it["data"] for it in server.ask("artifacts/filter")}
    assert found["oncall-monthly-review"] == pages["md"].read_text()


def test_a_publication_stands_although_prefect_cannot_show_it(
    through: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oncall_audit.pipeline import flows, stages

    def fail(**_options: Any) -> None:
        raise RuntimeError("the server went away")

    published = {"publication": str(through.workspace.publication)}
    monkeypatch.setattr(stages, "publish", lambda *_: published)
    monkeypatch.setattr(flows, "create_markdown_artifact", fail)

    assert flows.publish({**run_of(through)}, {}) == published


def run_of(audited: Audited) -> dict[str, Any]:
    names = ("run_id", "since", "until", "started_at", "full_refresh", "incident", "goes_on")
    *_, entry = runs(audited.workspace)
    return {"workspace": str(audited.workspace.root), **{name: entry[name] for name in names}}


def test_flows_refuse_wrong_parameters_in_plain_words(server: Server, tmp_path: Path) -> None:
    from prefect.exceptions import ParameterTypeError

    from oncall_audit.pipeline import flows, review_flows

    with pytest.raises(ParameterTypeError, match="since: Input should be a valid datetime"):
        flows.audit(workspace=str(tmp_path), since="yesterday")  # type: ignore[call-overload]
    with pytest.raises(ConfigurationError, match="Set ONCALL_AUDIT_WORKSPACE"):
        flows.audit(workspace=str(tmp_path))
    with pytest.raises(ParameterTypeError, match="kind: Input should be 'weekly', 'monthly' or"):
        review_flows.review(kind="daily")  # type: ignore[call-overload]
    with pytest.raises(ConfigurationError, match="Set ONCALL_AUDIT_WORKSPACE"):
        review_flows.review(workspace=str(tmp_path))
