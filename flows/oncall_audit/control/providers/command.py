"""A site's own program, which reads and changes the rights of any system."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from oncall_audit.connectors.http import reveal
from oncall_audit.connectors.times import read_time
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError
from oncall_audit.programs import Program

_PARTS = ("account", "resource_name", "permission")


@dataclass(frozen=True, slots=True)
class Command:
    """A script of the site's own: `held`, `grant` or `revoke` follows its arguments.

    Needs whatever the script needs; `token` reaches it as the variable ONCALL_AUDIT_TOKEN, and
    of the environment only what `environment` names.
    """

    script: str
    system: str = ""
    arguments: tuple[str, ...] = ()
    token: object = field(default=None, repr=False)
    environment: tuple[str, ...] = ()
    seconds: float = 60

    def held(self) -> Iterator[Held]:
        """Yield what the program prints: a JSON object a line, the last one with their count."""
        lines = self._program().run("held").splitlines()
        rows = [self._row(number, line) for number, line in enumerate(lines, start=1)]
        # A program that broke off in the middle would else look as if rights were gone.
        if not rows or rows[-1] != {"count": len(rows) - 1}:
            raise ControlError(
                f'{self.script} held did not end with the line {{"count": …}} that counts its'
                " rights: its answer may not be whole."
            )
        yield from [self._held(row) for row in rows[:-1]]

    def grant(self, right: Right, until: datetime | None) -> None:
        """Run `grant ACCOUNT RESOURCE PERMISSION [UNTIL]`, the time in UTC as ISO 8601."""
        ends = [until.astimezone(UTC).isoformat()] if until else []
        self._program().run("grant", *_words(right), *ends)

    def revoke(self, right: Right) -> None:
        """Run `revoke ACCOUNT RESOURCE PERMISSION`."""
        self._program().run("revoke", *_words(right))

    def _program(self) -> Program:
        given = {"ONCALL_AUDIT_TOKEN": reveal(self.token)} if self.token else {}
        return Program([self.script, *self.arguments], self.seconds, self.environment, given)

    def _row(self, number: int, line: str) -> dict[str, Any]:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            row = None
        if not isinstance(row, dict):
            raise ControlError(f"{self.script} held: line {number} is no JSON object.")
        return row

    def _held(self, row: dict[str, Any]) -> Held:
        parts = [row.get(name) for name in _PARTS]
        if not all(isinstance(part, str) and part for part in parts):
            raise ControlError(f"{self.script} held: a right lacks one of {', '.join(_PARTS)}.")
        try:
            expires_at = read_time(row.get("expires_at"))
        except ValueError as error:
            raise ControlError(f"{self.script} held: expires_at: {error}.") from None
        right = Right(self.system, *(str(part) for part in parts))
        return Held(right, expires_at, str(row.get("granted_via") or "direct"))


def _words(right: Right) -> list[str]:
    words = [right.account, right.resource_name, right.permission]
    for word in words:
        # The program could take it for an option.
        if word.startswith("-") or not word:
            raise ControlError(f"'{word}' is no name that a program is given.")
    return words
