"""A system that a site's own program speaks to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from controlled.by_program import ByProgram
from controlled.system import TOKEN
from oncall_audit.control.model import Right
from oncall_audit.control.providers.command import Command


@dataclass
class SiteProgram(ByProgram):
    """Cleo holds something from the beginning; names are as odd as names are."""

    program: str = field(init=False, default="rights")

    def begin(self) -> dict[str, Any]:
        self.rights = (
            Right("vault", "ada abel", "payments; rm -rf $HOME", "read"),
            Right("vault", "ben", "payments; rm -rf $HOME", "read"),
            Right("vault", "ada abel", "payments; rm -rf $HOME", "write 'all'"),
        )
        return {"rights": [["cleo", "search", "read"]], "until": []}

    def provider(self, **options: Any) -> Command:
        mine = {"script": str(self.path), "system": "vault", "token": TOKEN}
        return Command(**{**mine, **options})

    def state(self) -> frozenset[Right]:
        return frozenset(Right("vault", *it) for it in self.read()["rights"])
