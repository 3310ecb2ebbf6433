"""Runs that are killed, run into each other, or meet a server that would give secrets away."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from audits import rows, tables
from nights import Nights, digest, ended, start
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.__main__ import main
from oncall_audit.evidence.verification import verify
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

Said = pytest.CaptureFixture[str]
Begun = Callable[[Workspace, float], bool]

CANARIES = ("canary-in-a-file-7351", "canary-in-the-environment-9024")


def newer(path: Path, since: float) -> bool:
    return path.exists() and path.stat().st_mtime > since


def reading(source: str) -> Begun:
    return lambda workspace, _: (workspace.landing / ".staging" / source).exists()


def built(workspace: Workspace, since: float) -> bool:
    log = workspace.dbt_logs / "dbt.log"
    if not newer(log, since):
        return False
    return "Done. PASS=" in log.read_text().rsplit("Running with dbt", 1)[-1]


def preparing(name: str) -> Begun:
    return lambda workspace, _: any(workspace.publications.glob(f".*/{name}"))


def switched(workspace: Workspace, since: float) -> bool:
    return any(newer(folder, since) for folder in workspace.publications.glob("[0-9]*"))


TOTALS = """
    select bool_and(records = landed + duplicates + ignored + quarantined),
        count(*) = count(distinct (batch_id, table_name, path)) from log_batches
"""

# What is there when the moment has come, and how long to wait at most from then on.
MOMENTS: tuple[tuple[Begun, float], ...] = (
    (reading("hosts"), 0.2),
    (reading("directory"), 0.1),
    (lambda workspace, since: newer(workspace.dbt_logs / "dbt.log", since), 3.0),
    (built, 2.0),
    (preparing("audit.duckdb"), 0.2),
    (preparing("evidence.zip"), 0.1),
    (switched, 0.0),
)


def kill(process: subprocess.Popen[str], workspace: Workspace, begun: Begun, delay: float) -> None:
    """Kill the run once it has begun something."""
    since = time.time()
    while not begun(workspace, since) and process.poll() is None:
        time.sleep(0.005)
    time.sleep(delay)
    process.kill()
    process.communicate()


@dataclass(frozen=True)
class Battered:
    """A workspace after many killed runs."""

    workspace: Workspace
    statuses: list[int]
    changed: list[int]
    unreadable: list[int]
    unverified: list[int]


@pytest.fixture(scope="module")
def battered(nights: Nights, tmp_path_factory: pytest.TempPathFactory) -> Battered:
    """Kill a run at every moment, and look at what is published after each."""
    workspace = nights.tonight(tmp_path_factory.mktemp("battered") / "workspace")
    delays, before = random.Random(11), digest(workspace.publication)
    result = Battered(workspace, [], [], [], [])
    for number, (begun, longest) in enumerate(MOMENTS):
        process = start(nights.run(workspace))
        kill(process, workspace, begun, delays.uniform(0, longest))
        result.statuses.append(process.returncode)
        if digest(workspace.publication) != before:
            result.changed.append(number)
        if rows(workspace, "select count(*) > 5 from findings") != [(True,)]:
            result.unreadable.append(number)
        if not verify(workspace.publication).is_good:
            result.unverified.append(number)
    return result


def test_a_killed_run_leaves_a_whole_publication(battered: Battered) -> None:
    assert battered.statuses == [-9] * len(MOMENTS)
    assert (battered.unreadable, battered.unverified) == ([], [])
    # The last one is killed when it has already switched, and the one before may be.
    assert set(battered.changed) <= {len(MOMENTS) - 2, len(MOMENTS) - 1}
    assert (battered.workspace.publication / "report.html").exists()


def test_two_runs_at_once_take_turns_and_nothing_is_lost_or_doubled(
    nights: Nights, battered: Battered, capsys: Said
) -> None:
    workspace = battered.workspace
    query = ["sql", "select count(*) from sessions", "--workspace", str(workspace.root)]
    running = [start(nights.run(workspace)) for _ in range(2)]
    read = []
    while any(process.poll() is None for process in running):
        read.append(main(query))
        time.sleep(0.5)

    assert [ended(process)[0] for process in running] == [0, 0]
    assert (len(read) > 5, set(read)) == (True, {0})
    assert capsys.readouterr().err == ""
    assert tables(workspace) == nights.expected
    assert rows(workspace, "select count(*) >= 3 from audit_runs where state = 'complete'") == [
        (True,)
    ]
    assert rows(workspace, TOTALS) == [(True, True)]
    assert not list(workspace.publications.glob(".*"))
    assert verify(workspace.publication).is_good


@pytest.fixture
def pager(httpserver: HTTPServer) -> HTTPServer:
    """Three accounts: one answers, one refuses and one breaks; those two repeat the token."""

    def answer(request: Request) -> Response:
        _, account, *_, key = request.path.split("/")
        given = request.headers["Authorization"]
        if account == "good" and CANARIES[0] in given:
            return Response(json.dumps({key: [], "more": False, "limit": 100}))
        said = json.dumps({"error": {"message": f"{given} is not good", "errors": [given]}})
        return Response(said, status=401 if account == "refuses" else 500)

    for account in ("good", "refuses", "breaks"):
        for key in ("users", "schedules", "oncalls", "incidents"):
            httpserver.expect_request(f"/{account}/{key}").respond_with_handler(answer)
    return httpserver


def test_a_token_is_written_nowhere(
    pager: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Said
) -> None:
    workspace = paged(pager, tmp_path)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setenv("PAGER_OF_THE_ENVIRONMENT", CANARIES[1])
    window = ["--since", "2026-03-02", "--until", "2026-03-04"]

    status = main(["run", "--workspace", str(tmp_path), *window])
    main(["doctor", "--workspace", str(tmp_path)])

    said = "".join(capfd.readouterr())
    assert status == 4
    assert "refuses: " in said
    assert "breaks: " in said
    assert rows(workspace, "select count(*) from sessions") == [(1,)]
    assert not any(canary in said for canary in CANARIES)
    written = [path for path in workspace.data.rglob("*") if path.is_file()]
    assert len(written) > 30
    assert [path for path in written if holds_a_canary(path)] == []


def paged(pager: HTTPServer, root: Path) -> Workspace:
    """Write a workspace with one log and three pagers."""
    address = pager.url_for("").rstrip("/")
    (root / "logs").mkdir()
    (root / "logs" / "auth.log").write_text(
        "2026-03-02T10:00:00+00:00 box sshd[1]: Accepted publickey for ada from 10.0.0.1 port 1 ssh2\n"
        "2026-03-02T10:05:00+00:00 box sshd[1]: pam_unix(sshd:session): session closed for user ada\n"
    )
    (root / "people").mkdir()
    (root / "people" / "2026-03-01.json").write_text('[{"engineer_id": "e1", "name": "Ada Abel"}]')
    (root / ".env").write_text(f"PAGER_OF_THE_FILE={CANARIES[0]}\n")
    (root / "policy.yml").write_text("services: {}\n")
    (root / "oncall-audit.yml").write_text(
        "organisation: Example\nsources:\n"
        "  hosts: {type: sshd, path: logs}\n"
        "  people: {type: generic, kind: directory, path: people}\n"
        f'  good: {{type: pagerduty, changes: false, url: "{address}/good", token: "${{PAGER_OF_THE_FILE}}"}}\n'
        f'  refuses: {{type: pagerduty, changes: false, url: "{address}/refuses", token: "${{PAGER_OF_THE_FILE}}"}}\n'
        f'  breaks: {{type: pagerduty, changes: false, url: "{address}/breaks", token: "${{PAGER_OF_THE_ENVIRONMENT}}"}}\n'
    )
    return Workspace(root)


def holds_a_canary(path: Path) -> bool:
    """Look at the bytes of a file, and at what is packed in them."""
    content = [path.read_bytes()]
    if content[0][:2] == b"\x1f\x8b":
        content.append(gzip.decompress(content[0]))
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            content += [archive.read(name) for name in archive.namelist()]
    with duckdb.connect() as connection:
        if path.suffix == ".parquet":
            content.append(str(connection.execute(f"from '{path}'").fetchall()).encode())
        if path.suffix == ".duckdb":
            connection.execute(f"attach '{path}' as it (read_only)")
            names = "select schema_name, table_name from duckdb_tables() where database_name = 'it'"
            for schema, table in connection.execute(names).fetchall():
                everything = connection.execute(f'from it."{schema}"."{table}"').fetchall()
                content.append(str(everything).encode())
    return any(canary.encode() in each for canary in CANARIES for each in content)
