"""Runs a program that reads or changes rights: never through a shell, and not for ever."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oncall_audit.errors import AuditError, ConfigurationError, ControlError
from oncall_audit.variables import is_secret

_KEPT = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE")
_SHORTEST_SECRET = 6


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its first arguments, its time limit in seconds, and what it may know.

    It gets no variable of the environment but the usual ones and those that `passed` names;
    `given` are further ones, with secrets. What goes wrong is a `failure`; `late` says what to do
    when the time is over.
    """

    argv: Sequence[str]
    seconds: float
    passed: Iterable[str] = ()
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    failure: type[AuditError] = ControlError
    late: str = "Whether it was done is not known: look what is held now, and apply again."

    def run(self, *arguments: str) -> str:
        """Return what it printed; raise `failure` unless it ended well and in time."""
        for argument in arguments:
            if not argument.isprintable():
                raise self.failure(f"{argument!r} holds letters that no program is given.")
        asked = " ".join([Path(self.argv[0]).name, *arguments[:2]])
        try:
            # The arguments are the site's own configuration, and no shell reads them.
            process = subprocess.Popen(  # noqa: S603
                [*self.argv, *arguments],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigurationError(
                f"{self.argv[0]} cannot be run ({type(error).__name__}): install it, or correct"
                " the option that names it."
            ) from None
        with process:
            return self._finished(process, asked)

    def _finished(self, process: subprocess.Popen[bytes], asked: str) -> str:
        try:
            out, err = process.communicate(timeout=self.seconds)
        except BaseException as error:
            # With what it started itself, which would else go on and may still change something.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            raise self.failure(
                f"{asked} took longer than {self.seconds:g} seconds and was ended. {self.late}"
            ) from None
        if process.returncode:
            said = self._redacted(err) or "without a word"
            raise self.failure(f"{asked} failed with status {process.returncode}: {said}")
        try:
            return out.decode("utf-8")
        except UnicodeDecodeError:
            raise self.failure(f"{asked} printed what is no UTF-8 text.") from None

    def _environment(self) -> dict[str, str]:
        names = (*_KEPT, *self.passed)
        return {**{name: os.environ[name] for name in names if name in os.environ}, **self.given}

    def _redacted(self, err: bytes) -> str:
        text = err.decode("utf-8", "replace")
        for name, value in self._environment().items():
            is_given = name in self.given or is_secret(name.lower())
            if is_given and len(value) >= _SHORTEST_SECRET:
                text = text.replace(value, "…")
        return " ".join("".join(it if it.isprintable() else " " for it in text).split())[:300]
