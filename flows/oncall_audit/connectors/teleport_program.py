"""Asks a Teleport cluster for all its objects, kind by kind, through its own `tctl`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from oncall_audit.connectors.teleport_objects import exported, name_of
from oncall_audit.errors import SourceError
from oncall_audit.programs import Program

_COMMANDS = (
    *(("get", kind) for kind in (
        "users", "locks", "role", "node", "db_server", "kube_server", "app_server",
        "windows_desktop",
    )),
    ("requests", "ls"),
)  # fmt: skip
_VARIABLES = ("TELEPORT_HOME", "TELEPORT_CONFIG_FILE")


@dataclass(frozen=True, slots=True)
class Tctl:
    """The program `tctl` at a path; each call may take `seconds`."""

    path: str
    seconds: float
    identity_file: str | None = None
    auth_server: str | None = None

    def export(self, *, access_lists: bool) -> bytes:
        """Return one object with what each command printed; raise `SourceError` if one fails."""
        found = dict(self._all(access_lists=access_lists))
        return b"{" + b",".join(orjson.dumps(it) + b":" + found[it].encode() for it in found) + b"}"

    def listed(self, *words: str) -> str:
        """Return the JSON list that a command prints, as it came."""
        said = self._program().run(*words, "--format=json")
        try:
            # Go writes null for a list without entries.
            is_list = isinstance(orjson.loads(said), list | None)
        except orjson.JSONDecodeError:
            is_list = False
        if not is_list:
            raise SourceError(f"tctl {' '.join(words)} printed no JSON list. Check its version.")
        return said

    def _all(self, *, access_lists: bool) -> Iterator[tuple[str, str]]:
        for words in _COMMANDS:
            yield " ".join(words), self.listed(*words)
        if access_lists:
            lists = self.listed("get", "access_list")
            yield "get access_list", lists
            for found in exported(orjson.loads(lists)).of("access_list"):
                of_list = ("acl", "users", "ls", name_of(found))
                yield " ".join(of_list), self.listed(*of_list)

    def _program(self) -> Program:
        argv = [self.path]
        argv += [f"--identity={self.identity_file}"] if self.identity_file else []
        argv += [f"--auth-server={self.auth_server}"] if self.auth_server else []
        late = "Give it more `seconds`, or run again later."
        return Program(argv, self.seconds, _VARIABLES, failure=SourceError, late=late)
