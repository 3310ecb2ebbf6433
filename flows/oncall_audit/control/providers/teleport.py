"""Teleport: roles by access requests, and locks, through its own `tctl`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from oncall_audit.connectors.times import read_time
from oncall_audit.control.forms import documented
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError
from oncall_audit.programs import Program

_LOG_IN = "login"
_PENDING = (1, "PENDING")
_APPROVED = (2, "APPROVED")
# How our own requests and locks are told from other people's.
_MARK = "oncall-audit: "
_VARIABLES = ("TELEPORT_HOME", "TELEPORT_CONFIG_FILE")

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Teleport:
    """One Teleport cluster: a right is a role, or `login`, which locks take away.

    Needs a bot's identity file whose role may list users, create, update and delete access
    requests, and create and delete locks. Teleport has no other interface than gRPC and `tctl`.
    """

    cluster: str
    system: str = "teleport"
    identity_file: str | None = None
    auth_server: str | None = None
    tctl: str = "tctl"
    seconds: float = 60

    def held(self) -> Iterator[Held]:
        """Yield each user's roles, those of approved requests, and the right to log in."""
        with documented(self.tctl):
            yield from self._held()

    def grant(self, right: Right, until: datetime | None) -> None:
        """Approve the user's own request for the role, or one made for the user.

        When it ends is the role's own affair (`max_duration`): `tctl` cannot say it.
        """
        self._check(right)
        with documented(self.tctl):
            if right.permission == _LOG_IN:
                self._unlock(right.account)
            elif not any(it.right == right for it in self._held()):
                pending = [it for it in self._requests(_PENDING) if _is_for(it, right)]
                name = str(pending[0]["metadata"]["name"]) if pending else self._request(right)
                self._run("requests", "approve", f"--reason={_MARK}granted", name)

    def revoke(self, right: Right) -> None:
        """Lock every approved request for the role, which ends its sessions, and remove it."""
        self._check(right)
        with documented(self.tctl):
            if right.permission == _LOG_IN:
                self._lock(right.account)
                return
            for request in self._endable(right):
                self._end(request)
            for request in self._requests(_PENDING):
                # Left over where a grant broke off between its two steps.
                reason = str(request["spec"].get("request_reason") or "")
                if _is_for(request, right) and reason.startswith(_MARK):
                    self._run("requests", "deny", str(request["metadata"]["name"]))

    def _held(self) -> Iterator[Held]:
        locks = [lock["spec"]["target"] for lock in self._locks()]
        locked = {target.get("user") for target in locks}
        for user in self._listed("get", "users"):
            name = str(user["metadata"]["name"])
            for role in user["spec"].get("roles") or ():
                yield Held(self._right(name, str(role)))
            if name not in locked:
                yield Held(self._right(name, _LOG_IN))
        ended = {target.get("access_request") for target in locks}
        for request in self._requests(_APPROVED):
            name, spec = str(request["metadata"]["name"]), request["spec"]
            for role in () if name in ended else spec["roles"]:
                right = self._right(str(spec["user"]), str(role))
                yield Held(right, _end(request), f"request:{name}")

    def _lock(self, account: str) -> None:
        if not any(_targets(lock, "user", account) for lock in self._locks()):
            self._run("lock", f"--user={account}", f"--message={_MARK}locked")

    def _endable(self, right: Right) -> list[Resource]:
        for user in self._listed("get", "users"):
            is_standing = right.permission in (user["spec"].get("roles") or ())
            if user["metadata"]["name"] == right.account and is_standing:
                raise ControlError(
                    f"{right.account} has the role {right.permission} standing, not by a request:"
                    " take it away where it is given ('tctl users update', or the log-in"
                    " connector)."
                )
        found = [it for it in self._requests(_APPROVED) if _gives(it, right)]
        for request in found:
            if not _is_for(request, right):
                raise ControlError(
                    f"Request {request['metadata']['name']} of {right.account} gives more than the"
                    f" role {right.permission}: ending it would take that too."
                )
        return found

    def _end(self, request: Resource) -> None:
        name = str(request["metadata"]["name"])
        if not any(_targets(lock, "access_request", name) for lock in self._locks()):
            # Certificates that carry the request outlive it; the lock outlives them.
            end = _end(request)
            expires = [f"--expires={end:%Y-%m-%dT%H:%M:%SZ}"] if end else []
            self._run("lock", f"--access-request={name}", f"--message={_MARK}ended", *expires)
        self._run("requests", "rm", name)

    def _unlock(self, account: str) -> None:
        locks = [lock for lock in self._locks() if _targets(lock, "user", account)]
        for lock in locks:
            if not str(lock["spec"].get("message") or "").startswith(_MARK):
                raise ControlError(
                    f"{account} is locked by somebody else (lock {lock['metadata']['name']}):"
                    " only who made the lock should remove it."
                )
        for lock in locks:
            self._run("rm", f"lock/{lock['metadata']['name']}")

    def _request(self, right: Right) -> str:
        role = f"--roles={right.permission}"
        said = self._run("requests", "create", role, f"--reason={_MARK}granted", right.account)
        name = (said.split() or [""])[-1]
        if not name:
            raise ControlError("tctl requests create did not name the request that it made.")
        return name

    def _requests(self, states: tuple[int, str]) -> list[Resource]:
        return [it for it in self._listed("requests", "ls") if it["spec"].get("state") in states]

    def _locks(self) -> list[Resource]:
        now = datetime.now(UTC)
        locks = self._listed("get", "locks")
        ends = [(lock, _time(lock["spec"].get("expires"))) for lock in locks]
        return [lock for lock, end in ends if end is None or end > now]

    def _listed(self, *words: str) -> list[Resource]:
        said = self._run(*words, "--format=json")
        try:
            found = orjson.loads(said)
        except orjson.JSONDecodeError:
            found = said
        # Go writes null for a list without entries.
        if found is not None and not isinstance(found, list):
            raise ControlError(f"tctl {' '.join(words)} printed no JSON list.")
        return found or []

    def _run(self, *arguments: str) -> str:
        argv = [self.tctl]
        argv += [f"--identity={self.identity_file}"] if self.identity_file else []
        argv += [f"--auth-server={self.auth_server}"] if self.auth_server else []
        return Program(argv, self.seconds, _VARIABLES).run(*arguments)

    def _right(self, account: str, permission: str) -> Right:
        return Right(self.system, account, self.cluster, permission)

    def _check(self, right: Right) -> None:
        if right.resource_name != self.cluster:
            raise ControlError(f"{right.resource_name} is not the Teleport cluster {self.cluster}.")
        if "," in right.permission or right.account.startswith("-"):
            raise ControlError(f"'{right.permission}' of '{right.account}' is no role of a user.")


def _is_for(request: Resource, right: Right) -> bool:
    """Say whether the request is for this role of this user and for nothing else."""
    spec = request["spec"]
    return _gives(request, right) and len(spec["roles"]) == 1 and not spec.get("resource_ids")


def _gives(request: Resource, right: Right) -> bool:
    spec = request["spec"]
    return bool(spec["user"] == right.account and right.permission in spec["roles"])


def _targets(lock: Resource, kind: str, name: str) -> bool:
    target = {key: value for key, value in lock["spec"]["target"].items() if value}
    return target == {kind: name}


def _end(request: Resource) -> datetime | None:
    return _time(request["spec"].get("access_expiry") or request["spec"].get("expires"))


def _time(text: object) -> datetime | None:
    # Go writes the year 1 for never.
    return None if str(text).startswith("0001-") else read_time(text)
