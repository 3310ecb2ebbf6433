"""The log of runs: one JSON line an event, in a file that rotates, for whatever ships logs."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from typing import Any

from oncall_audit import variables
from oncall_audit.pipeline.run import Run

# With what is kept: fifty megabytes, years of nights.
_BYTES = 10_000_000
_KEPT = 4


class _Quiet(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Lose the line: on a full disk the run's own failure is what has to be told."""


def note(run: Run, event: str, **said: Any) -> None:
    """Add a line to `data/logs/oncall-audit.jsonl`, with no value of a secret in it."""
    line = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": event,
        "run_id": run.run_id,
        **{name: value for name, value in said.items() if value is not None},
    }
    text = variables.hidden(run.workspace, json.dumps(line, ensure_ascii=False, default=str))
    try:
        run.workspace.logs.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    # Opened for each line: runs take turns, and none of them leaves a file open.
    handler = _Quiet(
        run.workspace.logs / "oncall-audit.jsonl",
        maxBytes=_BYTES,
        backupCount=_KEPT,
        encoding="utf-8",
        delay=True,
    )
    try:
        handler.handle(logging.makeLogRecord({"msg": text}))
    finally:
        handler.close()
