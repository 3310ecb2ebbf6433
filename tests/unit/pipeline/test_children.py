"""What is kept alive is started again, later each time, and ends when it is told to."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from prefect_server import eventually

from oncall_audit.pipeline import children
from oncall_audit.pipeline.children import Child


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(children.time, "monotonic", lambda: now[0])
    return now


def died(child: Child) -> str:
    assert child.process
    child.process.wait(timeout=60)
    told = child.tend()
    assert told
    return told


def test_it_starts_again_later_each_time(tmp_path: Path, clock: list[float]) -> None:
    child = Child("worker", ["no-such-verb"], {}, tmp_path / "worker.log")
    waits = []

    for _ in range(2):
        assert child.tend() is None
        told = died(child)
        assert told.startswith("The worker ended with status ")
        waits.append(told.partition("again in ")[2].partition(" s")[0])
        # Not before its time.
        assert child.tend() is None
        assert child.process is None
        clock[0] += 60

    assert waits == ["1", "2"]


def test_one_that_was_killed_is_told_as_such(tmp_path: Path, clock: list[float]) -> None:
    child = Child("server", ["version"], {}, tmp_path / "server.log")
    child.tend()
    assert child.process
    os.kill(child.process.pid, signal.SIGKILL)

    told = died(child)

    assert told.startswith("The server was killed by signal 9; it starts again in 1 s.")


def test_it_ends_when_whoever_started_it_does(tmp_path: Path) -> None:
    child = Child("worker", ["version"], {}, tmp_path / "worker.log")
    child.tend()
    process = child.process
    assert process
    assert process.stdin

    process.stdin.close()

    eventually(lambda: process.poll() is not None, seconds=60)
