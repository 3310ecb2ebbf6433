"""What the programs of the tests share: state, a list of calls, and trouble to order."""

import json
import os
import signal
import sys
from pathlib import Path

HERE = Path(sys.argv[0]).parent
SECRET = os.environ.get("ONCALL_AUDIT_TOKEN", "") or " ".join(sys.argv)


def load():
    return json.loads((HERE / "state.json").read_text())


def save(content):
    (HERE / "state.json").write_text(json.dumps(content))


def fail(text, status=1):
    sys.stderr.write(text + "\n")
    sys.exit(status)


def answer(make):
    """Print what `make` returns, unless trouble was ordered for this call."""
    with (HERE / "calls").open("a") as calls:
        calls.write(json.dumps(sys.argv[1:]) + "\n")
    trouble = HERE / "trouble.json"
    order = json.loads(trouble.read_text()) if trouble.exists() else {"kind": "", "first": 0}
    number = len((HERE / "calls").read_text().splitlines())
    kind = order["kind"] if number >= order["first"] else ""
    if kind == "fails":
        fail(f"ERROR: access denied to \x1b[31m{SECRET}")
    if kind == "hangs":
        if os.fork() == 0:
            # Held open for as long as the child lives.
            os.open(HERE / "alive", os.O_WRONLY)
            signal.pause()
        signal.pause()
    if kind == "garbage":
        sys.stdout.write("ERROR you should log in\n")
        sys.exit(0)
    text = make(sys.argv[1:])
    if kind == "lost":
        fail(f"ERROR: connection lost {SECRET}")
    if kind == "half":
        sys.stdout.write(text[: len(text) // 2])
        fail("ERROR: broken pipe")
    sys.stdout.write(text + "\n")
