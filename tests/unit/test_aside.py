"""A process beside this one answers once, says what it does, and outlives nobody."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from oncall_audit.aside import Aside

# What such a module does with a question.
ANSWERS = {
    "doubles": "say('one'); print('noise'); say('two'); return 2 * asked",
    "fails": "raise ValueError(asked)",
    "is_killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "waits": "signal.pause()",
}
# Asks one that never answers, and tells its number.
ASKING = """
import sys
from oncall_audit.aside import Aside
aside = Aside("waits")
print(aside._process.pid, flush=True)
aside.ask(1)
"""


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, does in ANSWERS.items():
        (tmp_path / f"{name}.py").write_text(
            "import os, signal\nfrom oncall_audit.aside import answer\n"
            f"def made(asked, say):\n    {does}\nanswer(made)\n"
        )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))


def test_it_says_what_it_does_and_answers() -> None:
    aside, said = Aside("doubles"), list[str]()

    answer = aside.ask(21, said.append)

    assert (answer, said, aside.signal) == (42, ["one", "two"], None)


@pytest.mark.parametrize(
    ("module", "number"), [("fails", None), ("is_killed", signal.SIGKILL), ("is_not_there", None)]
)
def test_who_cannot_answer_tells_what_killed_it(module: str, number: int | None) -> None:
    aside = Aside(module)

    assert (aside.ask(1), aside.signal) == (None, number)


def test_it_ends_when_nobody_will_ask() -> None:
    ended = subprocess.run([sys.executable, "-m", "waits"], stdin=subprocess.DEVNULL, check=False)

    assert ended.returncode == 0


def test_it_ends_with_who_asked_however_that_ends() -> None:
    with subprocess.Popen([sys.executable, "-c", ASKING], stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        number = int(asking.stdout.readline())
        child = os.pidfd_open(number)
        asking.kill()
    try:
        assert is_over(child)
    finally:
        os.close(child)


def is_over(descriptor: int) -> bool:
    """Wait for the end of a process; say whether it came."""
    ended, _, _ = select.select([descriptor], [], [], 30)
    return bool(ended)
