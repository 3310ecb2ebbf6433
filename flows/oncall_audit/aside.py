"""A process beside this one, for what takes seconds to import: begun early, asked once."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Say = Callable[[str], None]


class Aside:
    """A module of this program at work in a process of its own, where it calls `answer`.

    It ends when this process does, however that comes about, and without an answer where anything
    goes wrong: the same done here shows, whole, what that is. Once it has been asked,
    `signal` is the number of the one that killed it, as when the machine's memory ended.
    """

    def __init__(self, module: str) -> None:
        """Start the process."""
        self.signal: int | None = None
        self._process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        # Who is never asked need not first come to the end of its imports.
        atexit.register(self._process.kill)

    def ask(self, question: Any, on_word: Say | None = None) -> Any:
        """Return the answer to a question, both plain as JSON has it; None if there is none.

        What it says meanwhile is passed to `on_word`.
        """
        with suppress(BrokenPipeError), self._process as process:
            try:
                return self._answer(process, question, on_word)
            finally:
                # It has let go of everything; to take it apart in order would only cost time.
                process.kill()

    def _answer(self, process: subprocess.Popen[str], question: Any, on_word: Say | None) -> Any:
        with suppress(BrokenPipeError):
            _write(process.stdin, question)
        for line in process.stdout or ():
            told = json.loads(line)
            if "answer" in told:
                return told["answer"]
            if on_word:
                on_word(told["word"])
        status = process.wait()
        self.signal = -status if status < 0 else None
        return None


def answer(made: Callable[[Any, Say], Any]) -> None:
    """Answer, in such a process, the one question there will be by what `made` returns of it."""
    # Who stops the program with Ctrl-C ends this process by the end of its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What a library prints is no answer.
    told = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if question := sys.stdin.readline():
        threading.Thread(target=_end_with_parent, daemon=True).start()
        found = made(json.loads(question), lambda word: _write(told, {"word": word}))
        _write(told, {"answer": found})


def _write(file: Any, content: Any) -> None:
    file.write(json.dumps(content) + "\n")
    file.flush()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)
