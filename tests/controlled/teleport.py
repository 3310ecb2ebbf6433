"""A Teleport cluster that is reached by its `tctl`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from controlled.by_program import ByProgram
from oncall_audit.control.model import Right
from oncall_audit.control.providers.teleport import Teleport

APPROVED = 2


@dataclass
class TeleportCluster(ByProgram):
    """Cleo has a standing role; everybody may log in."""

    program: str = field(init=False, default="tctl")

    def begin(self) -> dict[str, Any]:
        self.rights = (
            Right("teleport", "ada", "acme.example.com", "payments-admin"),
            Right("teleport", "ben", "acme.example.com", "payments-admin"),
            Right("teleport", "ada", "acme.example.com", "search-admin"),
            Right("teleport", "cleo", "acme.example.com", "login"),
        )
        users: dict[str, list[str]] = {"ada": [], "ben": [], "cleo": ["access"]}
        return {"users": users, "requests": {}, "locks": {}}

    def provider(self, **options: Any) -> Teleport:
        mine = {"cluster": "acme.example.com", "tctl": str(self.path)}
        return Teleport(**{**mine, **options})

    def state(self) -> frozenset[Right]:
        content = self.read()
        targets = [lock["spec"]["target"] for lock in content["locks"].values()]
        locked = {target["user"] for target in targets}
        ended = {target["access_request"] for target in targets}
        pairs = [(user, role) for user, roles in content["users"].items() for role in roles]
        pairs += [(user, "login") for user in content["users"] if user not in locked]
        for name, request in content["requests"].items():
            spec = request["spec"]
            if spec["state"] == APPROVED and name not in ended:
                pairs += [(spec["user"], role) for role in spec["roles"]]
        return frozenset(Right("teleport", user, "acme.example.com", role) for user, role in pairs)
