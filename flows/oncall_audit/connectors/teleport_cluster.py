"""Who holds which roles of a Teleport cluster: by themselves, by access lists, by requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from oncall_audit.connectors.records import Row, UnreadableError, part, required, rows
from oncall_audit.connectors.teleport_access import Holder, Reached, governs, may_ask_for
from oncall_audit.connectors.teleport_objects import Export, Resource, moment, name_of, texts

# As a number or a word; a promoted request is one whose roles an access list now gives.
STATES: dict[int | str, str] = {
    0: "pending", 1: "pending", 2: "approved", 3: "denied", 4: "approved",
    "PENDING": "pending", "APPROVED": "approved", "DENIED": "denied", "PROMOTED": "approved",
}  # fmt: skip
# As access control calls it.
LOG_IN = "login"
_INELIGIBLE = ("EXPIRED", "MISSING_REQUIREMENTS", "USER_NOT_EXIST")
# An access list that is in others, in which it may be again.
_DEEPEST = 10


@dataclass(slots=True)
class Cluster:
    """The cluster of an export, as it was at a time."""

    name: str
    export: Export
    at: datetime
    _roles: dict[str, Row] = field(init=False)
    _users: dict[str, Row] = field(init=False)
    _lists: dict[str, Row] = field(init=False)
    _resources: list[Resource] = field(init=False)
    _standing: dict[str, set[str]] = field(default_factory=dict)
    _memberships: dict[str, set[str]] = field(default_factory=dict)
    _known: dict[Any, list[Reached]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._roles, self._users = self.export.named("role"), self.export.named("user")
        self._lists = self.export.named("access_list")
        self._resources = self.export.resources()
        for grant in self._grants():
            if grant.get("is_enabled"):
                self._standing.setdefault(grant["account"], set()).add(grant["permission"])

    def rights(self) -> Iterator[Row]:
        """Yield a row for each right of an account: to a role, and to what that opens."""
        locked = {kind: self.export.locked(kind, self.at) for kind in ("user", "role")}
        for grant in chain(self._grants(), rows(self.export.of("access_request"), self._lent)):
            if "_rejected" in grant:
                yield grant
                continue
            is_locked = grant["account"] in locked["user"] or grant["permission"] in locked["role"]
            shown = {**grant, "is_enabled": grant["is_enabled"] and not is_locked}
            yield from self._opened(shown)

    def targets(self, spec: Row) -> Iterator[tuple[str, str]]:
        """Yield role and resource for all that a request asks for, as far as they are known."""
        account, roles = str(required(spec, "user")), texts(spec.get("roles"))
        named = list(self._asked(spec))
        for role in roles:
            for name in named:
                yield role, name
            if not named and role in self._roles:
                for it in self._reached(account, role, roles):
                    if it.resource:
                        yield role, it.resource.name

    def _grants(self) -> Iterator[Row]:
        """Yield who stands in which role, whatever they ask for."""
        yield from rows(self.export.of("user"), self._of_user)
        yield from rows(self.export.of("access_list_member"), self._of_member)
        yield from rows(self.export.of("access_list"), self._of_owners)

    def _of_user(self, user: Row) -> Iterator[Row]:
        """Yield the right to log in at all, which locks take away, and the user's own roles."""
        spec = part(user, "spec")
        made = part(spec, "created_by")
        connector = part(made, "connector").get("id")
        # Who comes by a connector is forgotten when the log-in ends, and has the same at the next.
        expires = None if connector else part(user, "metadata").get("expires")
        for role in (LOG_IN, *texts(spec.get("roles"))):
            yield _grant(
                name_of(user), role, f"connector:{connector}" if connector else "direct",
                granted_by=part(made, "user").get("name"), expires_at=moment(expires),
            )  # fmt: skip

    def _of_member(self, member: Row) -> Iterator[Row]:
        spec = part(member, "spec")
        if str(spec.get("membership_kind") or "").endswith("LIST"):
            return
        is_in = not str(spec.get("ineligible_status") or "").endswith(_INELIGIBLE)
        ends_at = moment(spec.get("expires"))
        for name in self._with_parents(str(required(spec, "access_list"))):
            if is_in:
                self._memberships.setdefault(str(required(spec, "name")), set()).add(name)
            for role in texts(self._granted(name).get("roles")):
                yield _grant(
                    str(required(spec, "name")), role, f"list:{name}",
                    granted_by=spec.get("added_by"), granted_at=moment(spec.get("joined")),
                    expires_at=ends_at, is_enabled=is_in and (ends_at is None or ends_at > self.at),
                )  # fmt: skip

    def _of_owners(self, found: Row) -> Iterator[Row]:
        for owner in part(found, "spec").get("owners") or ():
            for role in texts(part(part(found, "spec"), "owner_grants").get("roles")):
                yield _grant(str(required(owner, "name")), role, f"list:{name_of(found)}")

    def _lent(self, request: Row) -> Iterator[Row]:
        """Yield what an approved request gives until it ends."""
        spec, name = part(request, "spec"), name_of(request)
        ends_at = ending(spec)
        is_over = ends_at is not None and ends_at <= self.at
        is_locked = name in self.export.locked("access_request", self.at)
        # A promoted one has become a membership, which has its own end.
        if spec.get("state") not in (2, "APPROVED") or is_over or is_locked:
            return
        for role in texts(spec.get("roles")):
            yield {
                **_grant(
                    str(required(spec, "user")), role, f"request:{name}",
                    granted_at=starting(spec), expires_at=ends_at,
                ),
                "_asked": list(self._asked(spec)) or None,
                "_beside": texts(spec.get("roles")),
            }  # fmt: skip

    def _opened(self, grant: Row) -> Iterator[Row]:
        asked, beside = grant.get("_asked"), grant.get("_beside") or ()
        held = {key: value for key, value in grant.items() if not key.startswith("_")}
        role = self._roles.get(grant["permission"])
        mighty = role is not None and governs(role)
        reached = self._reached(grant["account"], grant["permission"], beside) if role else []
        if asked is not None:
            mighty = any(it.is_privileged for it in reached)
            yield from ({**held, "resource_name": it, "is_privileged": mighty} for it in asked)
            return
        yield {**held, "resource_name": self.name, "is_privileged": mighty}
        for it in reached:
            name = it.resource.name if it.resource else f"{self.name}/unresolved/{it.kind}"
            yield {**held, "resource_name": name, "is_privileged": it.is_privileged}
        for word in may_ask_for(role) if role else ():
            shown = {"resource_name": self.name, "is_privileged": False, "permission": word}
            yield {**held, **shown}

    def _reached(self, account: str, role: str, beside: Iterable[str]) -> list[Reached]:
        names = sorted({*self._standing.get(account, ()), *beside} & set(self._roles))
        traits = self._traits(account)
        key = (role, *names, *sorted((name, *values) for name, values in traits.items()))
        if key not in self._known:
            holder = Holder([self._roles[name] for name in names], traits)
            self._known[key] = list(holder.reaches(self._roles[role], self._resources))
        return self._known[key]

    def _traits(self, account: str) -> Mapping[str, list[str]]:
        """Return the user's own traits, with those that access lists add."""
        of_lists = (self._granted(name) for name in sorted(self._memberships.get(account, ())))
        own = part(part(self._users.get(account, {}), "spec"), "traits")
        found: dict[str, list[str]] = {}
        for traits in (own, *(part(grants, "traits") for grants in of_lists)):
            for name, values in traits.items():
                found.setdefault(name, []).extend(texts(values))
        return found

    def _asked(self, spec: Row) -> Iterator[str]:
        """Yield the names of the single resources that a request asks for."""
        shown = {(it.kind, it.identifier): it.name for it in self._resources}
        for it in spec.get("resource_ids") or ():
            name = str(required(it, "name"))
            # A part of a cluster, such as a namespace, has the cluster's name.
            yield shown.get((str(it.get("kind")), name), name)

    def _granted(self, name: str) -> Row:
        return part(part(self._lists.get(name, {}), "spec"), "grants")

    def _with_parents(self, name: str, depth: int = 0) -> Iterator[str]:
        yield name
        for member in self.export.of("access_list_member") if depth < _DEEPEST else ():
            spec = part(member, "spec")
            is_list = str(spec.get("membership_kind") or "").endswith("LIST")
            if is_list and spec.get("name") == name:
                yield from self._with_parents(str(spec.get("access_list")), depth + 1)


def starting(spec: Row) -> datetime | None:
    """Return when what a request asks for begins: as asked, else with the last approval."""
    asked = moment(spec.get("assume_start_time"))
    decided = (moment(it.get("created")) for it in reviews(spec) if is_approval(it))
    approved = max((it for it in decided if it), default=moment(spec.get("created")))
    return max(asked, approved) if asked and approved else asked or approved


def ending(spec: Row) -> datetime | None:
    """Return when what a request asks for ends."""
    return moment(spec.get("access_expiry") or spec.get("expires"))


def reviews(spec: Row) -> list[Row]:
    """Return what reviewers have said of a request."""
    found = spec.get("reviews") or []
    if not isinstance(found, list) or not all(isinstance(it, Mapping) for it in found):
        raise UnreadableError("its `reviews` are no list of objects")
    return found


def is_approval(review: Row) -> bool:
    """Say whether a reviewer wanted the access to be given."""
    return STATES.get(review.get("proposed_state") or 0) == "approved"


def _grant(account: str, role: str, via: str, **told: Any) -> Row:
    named = {"account": account, "permission": role, "granted_via": via}
    return {**named, "is_enabled": True, **told}
