"""A program on a terminal of its own, as a person would sit at it."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fcntl import ioctl
from struct import pack
from termios import TIOCSCTTY, TIOCSWINSZ

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07|[=>])")
_PATIENCE_SECONDS = 60
_BETWEEN_KEYS_SECONDS = 0.5


class Terminal:
    """What a program shows on a terminal, and the keys pressed at it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.raw = b""

    def press(self, keys: str) -> None:
        """Type; what has been shown so far is forgotten."""
        self.raw = b""
        os.write(self._descriptor, keys.encode())

    def shows(self, words: str) -> str:
        """Wait until `words` are shown; return all that was since the last key."""
        if not self._wait(words, _PATIENCE_SECONDS):
            raise AssertionError(f"{words!r} is not in {self.text!r}")
        return self.text

    def press_until(self, key: str, words: str) -> None:
        """Press a key again and again until `words` are shown: the first may come too early."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while words not in self.text and time.monotonic() < end:
            os.write(self._descriptor, key.encode())
            self._wait(words, _BETWEEN_KEYS_SECONDS)
        assert words in self.text

    def _wait(self, words: str, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while words not in self.text:
            left = max(end - time.monotonic(), 0)
            if not select.select([self._descriptor], [], [], left)[0]:
                return False
            try:
                self.raw += os.read(self._descriptor, 65536)
            except OSError:
                return False
        return True

    @property
    def text(self) -> str:
        """What was shown, without the sequences that move the cursor or colour it."""
        return _ESCAPE.sub("", self.raw.decode(errors="replace")).replace("\r\n", "\n")


@contextmanager
def terminal(command: Sequence[str], environment: dict[str, str]) -> Iterator[Terminal]:
    """Start a program on a terminal of 30 lines and 100 columns; it ends with the block."""
    here, there = pty.openpty()
    ioctl(there, TIOCSWINSZ, pack("HHHH", 30, 100, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=there,
        stdout=there,
        stderr=there,
        env={**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **environment},
        preexec_fn=_own_terminal,  # noqa: PLW1509 - the program alone, before it starts
    )
    os.close(there)
    try:
        yield Terminal(here)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        os.close(here)


def _own_terminal() -> None:
    # ^C is for the program on this terminal, not for the one that runs the tests.
    os.setsid()
    ioctl(0, TIOCSCTTY, 0)
    # A runner in the background may have been told to ignore it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
