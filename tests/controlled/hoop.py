"""A hoop gateway's users and access control, as far as its API documents them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response

from controlled.over_http import OverHttp, said
from controlled.system import TOKEN
from oncall_audit.control.model import Right
from oncall_audit.control.providers.hoop import Hoop


@dataclass
class HoopGateway(OverHttp):
    """Two connections with a group each, and one group that gives both."""

    users: dict[str, dict[str, Any]] = field(init=False, default_factory=dict)
    config: dict[str, list[str]] | None = field(init=False, default_factory=dict)

    def reset(self) -> None:
        people = {"ada": [], "ben": ["designers"], "cleo": ["search-oncall"], "dora": ["admin"]}
        self.users = {f"sub|{name}": _user(name, groups) for name, groups in people.items()}
        self.config = {
            "payments-db": ["payments-oncall", "database-admins"],
            "search-db": ["search-oncall", "database-admins"],
        }
        self.rights = (
            Right("hoop", "ada@example.com", "payments-db", "connect"),
            Right("hoop", "ben@example.com", "payments-db", "connect"),
            Right("hoop", "ada@example.com", "search-db", "connect"),
        )

    def provider(self, **options: Any) -> Hoop:
        return Hoop(**{"url": f"{self.url}/api", "token": TOKEN, **options})

    def state(self) -> frozenset[Right]:
        return frozenset(
            Right("hoop", user["email"], connection, "connect")
            for user in self.users.values()
            for connection, groups in (self.config or {}).items()
            if {"admin", *groups} & set(user["groups"])
        )

    def route(self, request: Request, parts: list[str]) -> Response:
        match parts:
            case ["api", "plugins", "access_control"]:
                return self._plugin()
            case ["api", "users"]:
                return said(list(self.users.values()))
            case ["api", "users", identifier] if identifier in self.users:
                sent = request.json
                kept = {name: sent.get(name) for name in ("name", "picture", "status", "slack_id")}
                self.users[identifier] |= {**kept, "groups": sent["groups"]}
                return said(self.users[identifier])
        return said({"message": "not found"}, 404)

    def _plugin(self) -> Response:
        if self.config is None:
            return said({"message": "plugin not found"}, 404)
        connections = [
            {"id": f"id-{name}", "name": name, "config": groups}
            for name, groups in self.config.items()
        ]
        return said({"name": "access_control", "connections": connections, "priority": 0})


def _user(name: str, groups: list[str]) -> dict[str, Any]:
    return {
        "id": f"sub|{name}",
        "name": name.title(),
        "email": f"{name}@example.com",
        "picture": "p.png",
        "status": "active",
        "slack_id": f"U{name}",
        "role": "standard",
        "verified": True,
        "groups": list(groups),
    }
