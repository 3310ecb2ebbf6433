"""What bad input and a bad night get: words, a status, and an old report."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from audits import rows, tables
from nights import Nights, digest, ended, start

from oncall_audit.__main__ import main
from oncall_audit.assets import asset
from oncall_audit.warehouse import aside, dbt
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

Said = pytest.CaptureFixture[str]

# Lets the disk be full for a process from a stage on.
NO_ROOM = """
import contextlib, resource, sys
from oncall_audit.__main__ import main
from oncall_audit.cli import run
from oncall_audit.warehouse import aside, dbt

# By this process, whose limit it is.
aside.build = dbt.build

def show(stage, _detail):
    if stage == sys.argv[1]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))

run.progress = lambda: contextlib.nullcontext(show)
sys.exit(main(sys.argv[3:]))
"""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def tonight(nights: Nights, tmp_path: Path) -> Iterator[Workspace]:
    """The workspace before tonight's run."""
    yield nights.tonight(tmp_path / "workspace")
    shutil.rmtree(tmp_path / "workspace")


@pytest.fixture(scope="module")
def bad_night(nights: Nights, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace of which one night after the other fails."""
    return nights.tonight(tmp_path_factory.mktemp("bad") / "workspace")


def test_damaged_files_cost_only_their_bad_records(
    nights: Nights, tonight: Workspace, capsys: Said
) -> None:
    logs = tonight.root / "logs"
    whole = max(logs.rglob("*.json.gz"), key=lambda path: path.stat().st_size)
    events = gzip.decompress(whole.read_bytes())
    whole.with_name("cut.json.gz").write_bytes(gzip.compress(events)[:-30])
    (logs / "sshd" / "hosts" / "garbage.log").write_text("\n~~ no line of any log ~~\n")
    (logs / "teleport" / "noise.log").write_bytes(random.Random(3).randbytes(5_000))
    (logs / "postgresql" / "payments" / "empty.csv").touch()

    status = main(nights.run(tonight))

    assert (status, "Traceback" in capsys.readouterr().err) == (0, False)
    assert tables(tonight) == nights.expected
    listed = rows(
        tonight,
        "select parse_filename(path), line, reason from quarantined_records order by all",
    )
    assert {name for name, _, _ in listed} == {"cut.json.gz", "garbage.log", "noise.log"}
    assert ("garbage.log", 2) in {(name, line) for name, line, _ in listed}
    counted = "sum(quarantined), bool_and(records = landed + duplicates + ignored + quarantined)"
    assert rows(tonight, f"select {counted} from log_batches") == [(len(listed), True)]
    assert rows(
        tonight, "select records, bytes from log_batches where path like '%/empty.csv'"
    ) == [(0, 0)]
    report = (tonight.publication / "report.html").read_text()
    assert "garbage.log:2" in report
    assert all(reason in report for _, _, reason in listed[:3])


def test_a_missing_source_is_published_as_an_exception(
    nights: Nights, tonight: Workspace, capsys: Said
) -> None:
    shutil.rmtree(tonight.root / "logs" / "teleport")

    status = main(nights.run(tonight))

    told = capsys.readouterr()
    assert status == 4
    assert f"teleport: {tonight.root}/logs/teleport holds no file: correct" in told.err
    assert "with exceptions" in told.out
    blind = f"select count(*) from coverage where source_name = 'teleport' and state = 'blind' and hour_start >= '{nights.until:%Y-%m-%d}'::date - 1"
    assert rows(tonight, blind) == [(24,)]
    assert rows(tonight, "select distinct source_name from coverage where state = 'blind'") == [
        ("teleport",)
    ]
    gap = "select resource_name from findings where rule_id = 'log_gap' and state = 'open'"
    assert rows(tonight, gap) == [("teleport",)]
    assert rows(tonight, "select state from audit_runs order by started_at") == [
        ("complete",),
        ("with exceptions",),
    ]
    assert "logs/teleport holds no file" in (tonight.publication / "report.html").read_text()


@pytest.fixture
def refused(nights: Nights, bad_night: Workspace) -> Iterator[Callable[..., None]]:
    """Return a check that a night changed nothing that is published, and told why."""
    before = bad_night.publication.resolve(), digest(bad_night.publication)

    def check(expected: str, reason: str | None = None) -> None:
        assert (bad_night.publication.resolve(), digest(bad_night.publication)) == before
        status = json.loads((bad_night.data / "status.json").read_text())
        assert status["stale_since"]
        assert expected in (reason or status["reason"])

    yield check
    assert not list(bad_night.publications.glob(".*"))


@pytest.mark.parametrize(
    ("stage", "size"), [("extract", 4_000), ("build", 100_000), ("publish", 200_000)]
)
def test_a_full_disk_leaves_what_is_published(
    nights: Nights, bad_night: Workspace, refused: Callable[..., None], stage: str, size: int
) -> None:
    status, _, told = ended(start([stage, str(size), *nights.run(bad_night)], "-c", NO_ROOM))

    assert (status, told.count("\n")) == (2, 1)
    assert told.startswith(f"oncall-audit: There is no room left to write below {bad_night.data}: ")
    refused("There is no room left")


def test_a_model_that_cannot_be_built_stops_the_night(
    nights: Nights,
    bad_night: Workspace,
    refused: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Said,
) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(asset("dbt_project"), project)
    # Of one that no run leaves as it is: elsewhere than usual a changed project goes unseen.
    model = project / "models" / "marts" / "coverage.sql"
    model.write_text(model.read_text() + "\nwhere no_such_column > 0\n")
    monkeypatch.setattr(aside, "build", dbt.build)
    monkeypatch.setattr(dbt, "find_project", lambda: project)

    status = main(nights.run(bad_night))

    told = capsys.readouterr().err
    assert (status, "Traceback" in told) == (3, False)
    assert "could not be built, so nothing was published: coverage: " in told
    assert "no_such_column" in told
    refused("coverage: ")


def test_a_failed_check_keeps_yesterdays_audit_and_says_that_it_is_stale(
    nights: Nights, bad_night: Workspace, refused: Callable[..., None], capsys: Said
) -> None:
    with closing(sqlite3.connect(bad_night.manifest)) as manifest, manifest:
        [right] = manifest.execute("select sha256 from batches where rowid = 1").fetchone()
        manifest.execute("update batches set sha256 = 'lost' where rowid = 1")

    status = main(nights.run(bad_night))

    with closing(sqlite3.connect(bad_night.manifest)) as manifest, manifest:
        manifest.execute("update batches set sha256 = ? where rowid = 1", [right])
    assert status == 3
    assert "every batch has the SHA-256 of its bytes: 1 wrong" in capsys.readouterr().err
    refused("every batch has the SHA-256")
    failed = json.loads((bad_night.data / "failed-checks.json").read_text())
    [outcome] = [each for each in failed["outcomes"] if not each["success"]]
    assert [row["sha256"] for row in outcome["failing_rows"]] == ["lost"]
    everywhere(bad_night, capsys)


def everywhere(workspace: Workspace, capsys: Said) -> None:
    """See that whoever reads the old publication is told that it is old."""
    place = ["--workspace", str(workspace.root)]
    for words in (["sql", "select 1"], ["findings", "list"], ["report", "--format", "html"]):
        assert main([*words, *place]) == 0
        warning = capsys.readouterr().err
        assert warning.startswith("Stale since 20")
        assert warning.count("\n") == 1
    [page] = (workspace.data / "reports").rglob("report.html")
    assert "Stale since 20" in page.read_text()
    main(["doctor", *place])
    assert "note  publication" in (told := capsys.readouterr().out)
    assert "Stale since 20" in told


def test_the_next_good_night_heals(nights: Nights, bad_night: Workspace, capsys: Said) -> None:
    status = main(nights.run(bad_night))

    assert status == 0
    assert tables(bad_night) == nights.expected
    assert json.loads((bad_night.data / "status.json").read_text())["stale_since"] is None
    assert not (bad_night.data / "failed-checks.json").exists()
    capsys.readouterr()
    main(["sql", "select 1", "--workspace", str(bad_night.root)])
    assert capsys.readouterr().err == ""
