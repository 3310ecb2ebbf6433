"""Readers never block an audit from being published, and never see one half."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from oncall_audit.warehouse.publication import switch
from oncall_audit.workspace import Workspace

READERS = 4
# Asks again and again through the command line until it has seen both audits; meanwhile a prompt
# of its own stays open on the audit that it began with.
READER = """
import io, sys
from contextlib import redirect_stdout
from pathlib import Path
from oncall_audit.__main__ import main
from oncall_audit.cli.sql_reader import Reader
from oncall_audit.workspace import Workspace

workspace, half = sys.argv[1], "select distinct audit from findings union all select distinct audit from sessions"
prompt = Reader(Workspace(Path(workspace)), "csv")
began = prompt.connection.execute(half).fetchall()
print("reading", flush=True)
seen = set()
while len(seen) < 2:
    said = io.StringIO()
    with redirect_stdout(said):
        assert main(["sql", "--workspace", workspace, half]) == 0
    head, *audits = said.getvalue().split()
    assert head == "audit" and len(audits) == 2 and len(set(audits)) == 1, audits
    seen.add(audits[0])
assert prompt.connection.execute(half).fetchall() == began
print(*sorted(seen))
"""


def prepared(folder: Path, audit: str) -> Path:
    """Write a publication in which every row names its audit."""
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "built.duckdb")) as connection:
        connection.execute("create schema audit")
        for table in ("findings", "sessions"):
            connection.execute(
                f"create table audit.{table} as select '{audit}' as audit from range(100000)"
            )
    (folder / "built.duckdb").rename(folder / "audit.duckdb")
    return folder


def test_four_readers_see_whole_audits_while_others_are_published(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    workspace.publications.mkdir(parents=True)
    audits = [prepared(tmp_path / audit, audit) for audit in ("even", "odd")]
    switch(workspace, Path(shutil.copytree(audits[0], tmp_path / "next")), "run-0")
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(workspace.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(READERS)
    ]
    try:
        assert [reader.stdout.readline() for reader in readers if reader.stdout] == (
            ["reading\n"] * READERS
        )
        published = 0
        while any(reader.poll() is None for reader in readers):
            published += 1
            folder = shutil.copytree(audits[published % 2], tmp_path / "next")
            switch(workspace, Path(folder), f"run-{published}")
            # As retention does, though they are open somewhere; nobody takes so long to open one.
            shutil.rmtree(workspace.publications / f"run-{published - 200}", ignore_errors=True)

        assert [reader.communicate() for reader in readers] == [("even odd\n", "")] * READERS
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()
