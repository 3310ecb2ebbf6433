"""A process that is kept alive: started again when it ends, each time a little later."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oncall_audit.pipeline import leashed

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0
# Whoever lived that long did not die of how it was started.
_HEALTHY_SECONDS = 120.0


@dataclass(slots=True)
class Child:
    """One such process. `tend` starts it, and starts it again."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    _began: float = 0.0
    _due: float = 0.0
    _wait: float = field(default=_FIRST_WAIT_SECONDS)

    def tend(self) -> str | None:
        """Start it if it does not run and its time has come; return what is to be told."""
        now = time.monotonic()
        if self.process is None:
            if now < self._due:
                return None
            self._began = now
            self.process = leashed.launch(self.words, self.environment, self.log)
            return None
        status = self.process.poll()
        if status is None:
            return None
        self.process.communicate()
        self.process = None
        if now - self._began >= _HEALTHY_SECONDS:
            self._wait = _FIRST_WAIT_SECONDS
        self._due, waits = now + self._wait, self._wait
        self._wait = min(2 * self._wait, _LONGEST_WAIT_SECONDS)
        ended = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"The {self.name} {ended}; it starts again in {waits:.0f} s. See {self.log}."

    def stop(self, patience_seconds: float) -> None:
        """End it for good; what it started is killed after `patience_seconds`."""
        if self.process is not None:
            leashed.end(self.process, patience_seconds)
            self.process = None
