"""A site's own program for the provider `command`: it keeps rights in a file beside it.

Accounts that the file `refused` names are refused.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def main() -> int:
    """Do what the first argument says."""
    state = FOLDER / "rights.json"
    rights = {tuple(it) for it in json.loads(state.read_text())}
    verb, *words = sys.argv[1:]
    if verb == "held":
        for account, resource_name, permission in sorted(rights):
            row = {"account": account, "resource_name": resource_name, "permission": permission}
            sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.write(json.dumps({"count": len(rights)}) + "\n")
        return 0
    right = tuple(words[:3])
    if right[0] in (FOLDER / "refused").read_text().split():
        sys.stderr.write(f"{right[0]} is locked\n")
        return 1
    rights = rights | {right} if verb == "grant" else rights - {right}
    state.write_text(json.dumps(sorted(rights)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
