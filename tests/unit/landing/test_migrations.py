"""A workspace of an older version is brought forward whole; one of a newer version is refused."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oncall_audit import formats
from oncall_audit.__main__ import main
from oncall_audit.connectors.base import Window
from oncall_audit.connectors.sshd import Sshd
from oncall_audit.errors import ConfigurationError
from oncall_audit.landing import Manifest, land, migrations
from oncall_audit.workspace import Workspace

# The first schema that a program of this project ever wrote.
FIRST = """
create table started (
    number integer primary key autoincrement,
    source_name text not null,
    is_finished integer not null default 0
);
create index started_unfinished on started (source_name) where is_finished = 0;
create table batches (
    batch_id text not null,
    source_name text not null,
    connector text not null,
    table_name text not null,
    path text not null,
    sha256 text not null,
    bytes integer not null,
    records integer not null,
    landed integer not null,
    duplicates integer not null,
    ignored integer not null,
    quarantined integer not null,
    received_at text not null,
    observed_at text,
    primary key (batch_id, table_name, path),
    check (records = landed + duplicates + ignored + quarantined)
);
create index batches_by_content on batches (source_name, table_name, sha256);
create table parts (
    path text primary key,
    batch_id text not null,
    source_name text not null,
    connector text not null,
    table_name text not null,
    day text not null,
    records integer not null,
    first_at text not null,
    last_at text not null
);
create index parts_by_day on parts (connector, table_name, day);
create table quarantined (
    batch_id text not null,
    source_name text not null,
    table_name text not null,
    path text not null,
    line integer not null,
    reason text not null,
    raw text not null
);
create table seen (
    source_name text not null,
    table_name text not null,
    path text not null,
    size integer not null,
    modified integer not null,
    sha256 text not null,
    primary key (source_name, table_name, path)
);
create table opened_days (
    source_name text not null,
    day text not null,
    number integer not null,
    primary key (source_name, day)
);
create table cursors (source_name text primary key, occurred_at text not null);
create table extractions (
    source_name text not null,
    since text not null,
    until text not null,
    state text not null,
    message text,
    read_at text not null
);
"""
FIRST_TABLES = (
    "started", "batches", "parts", "quarantined", "seen", "opened_days", "cursors", "extractions",
)  # fmt: skip
NOW = datetime(2026, 3, 3, tzinfo=UTC)
LINE = (
    "2026-03-02T08:{}:00+00:00 box sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2\n"
)


def read(folder: Path, minutes: int) -> dict[str, object]:
    log = folder / "logs" / "auth.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("".join(LINE.format(f"{minute:02}") for minute in range(minutes)))
    found = land(
        Sshd(path=log.parent),
        source_name="bastion",
        system="sshd",
        window=Window(NOW - timedelta(days=1), NOW),
        folder=folder / "landing",
        now=NOW,
    )
    return {name: found.counts()[name] for name in ("landed", "duplicates")}


def age(manifest: Path) -> None:
    """Put a manifest back to what the first program would have written."""
    old = manifest.with_name("old.sqlite")
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(FIRST)
        connection.execute("attach ? as new", (str(manifest),))
        for table in FIRST_TABLES:
            connection.execute(f"insert into main.{table} select * from new.{table}")
        connection.commit()
    for path in manifest.parent.glob("manifest.sqlite*"):
        path.unlink()
    old.rename(manifest)


@pytest.fixture
def aged(tmp_path: Path) -> Path:
    """A folder in which the first version has landed three records."""
    assert read(tmp_path, 3) == {"landed": 3, "duplicates": 0}
    age(tmp_path / "landing" / "manifest.sqlite")
    return tmp_path


def content(manifest: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(manifest)) as connection:
        return {
            table: connection.execute(f"select * from {table} order by 1, 2").fetchall()
            for table in FIRST_TABLES
        }


def number(manifest: Path) -> int:
    with closing(sqlite3.connect(manifest)) as connection:
        return int(connection.execute("pragma user_version").fetchone()[0])


def test_an_old_workspace_goes_on_where_it_was(aged: Path) -> None:
    manifest = aged / "landing" / "manifest.sqlite"

    assert read(aged, 5)["landed"] == 2
    assert number(manifest) == formats.FORMAT


def test_nothing_is_lost_and_the_old_one_is_kept(aged: Path) -> None:
    manifest = aged / "landing" / "manifest.sqlite"
    before = content(manifest)

    with Manifest(manifest) as opened:
        assert opened.contents() == []

    assert content(manifest) == before
    kept = aged / "landing" / "manifest.format-1.sqlite"
    assert (content(kept), number(kept)) == (before, 0)


def test_a_step_that_fails_changes_nothing(aged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = aged / "landing" / "manifest.sqlite"
    before = content(manifest)
    steps = ("alter table batches add column colour text", "insert into nowhere values (1)")
    monkeypatch.setattr(migrations, "_STEPS", {2: steps})

    with pytest.raises(sqlite3.OperationalError):
        Manifest(manifest)

    assert (content(manifest), number(manifest)) == (before, 0)


def test_every_step_between_is_taken_once(aged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = aged / "landing" / "manifest.sqlite"
    Manifest(manifest).close()
    monkeypatch.setattr(formats, "FORMAT", 4)
    monkeypatch.setattr(
        migrations,
        "_STEPS",
        {
            2: ["insert into nowhere values (1)"],
            3: ["create table colours (name text)"],
            4: ["insert into colours values ('blue')"],
        },
    )

    for _ in range(2):
        Manifest(manifest).close()

    with closing(sqlite3.connect(manifest)) as connection:
        assert connection.execute("select * from colours").fetchall() == [("blue",)]
    assert number(manifest.with_name("manifest.format-2.sqlite")) == 2


def test_a_new_manifest_has_the_newest_format_and_leaves_no_copy(tmp_path: Path) -> None:
    Manifest(tmp_path / "manifest.sqlite").close()

    assert number(tmp_path / "manifest.sqlite") == formats.FORMAT
    assert list(tmp_path.glob("manifest.format-*")) == []


@pytest.mark.parametrize("verb", ["run", "doctor", "sql", "findings"])
def test_an_older_program_refuses_in_plain_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    workspace = Workspace(tmp_path)
    with Manifest(workspace.manifest):
        pass
    with closing(sqlite3.connect(workspace.manifest)) as connection:
        connection.execute(f"pragma user_version = {formats.FORMAT + 1}")

    words = [verb, "list"] if verb == "findings" else [verb]
    status = main([*words, "--workspace", str(tmp_path)])

    told = capsys.readouterr().err
    assert status == 2
    assert f"was written by a newer oncall-audit: its format is {formats.FORMAT + 1}" in told
    assert "Traceback" not in told
    with pytest.raises(ConfigurationError):
        Manifest(workspace.manifest)
