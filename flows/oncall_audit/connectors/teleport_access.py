"""What a user's roles in Teleport let them reach, by labels, and what they deny."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from oncall_audit.connectors.records import Row, part
from oncall_audit.connectors.teleport_objects import RESOURCES, Resource, texts

_ANY = "*"
_LABELS = {
    "node": "node_labels",
    "db": "db_labels",
    "kube_cluster": "kubernetes_labels",
    "app": "app_labels",
    "windows_desktop": "windows_desktop_labels",
}
# As whom somebody is let in; without any, a role opens no door of the kind.
_WHOM = {
    "node": ("logins",),
    "db": ("db_users", "db_roles"),
    "kube_cluster": ("kubernetes_groups", "kubernetes_users"),
    "windows_desktop": ("windows_desktop_logins",),
}
_MIGHTY = {"root", "Administrator", "system:masters"}
_GOVERNED = {_ANY, "role", "user", "access_list", "auth_connector", "saml", "oidc", "github"}
_CHANGES = {_ANY, "create", "update"}
_TRAIT = re.compile(r'\{\{\s*(?:internal|external)(?:\.(\w+)|\["([^"]+)"\])\s*\}\}')

Traits = Mapping[str, Sequence[str]]
Selector = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Reached:
    """A resource that a role opens, or None where it cannot be said which of the kind."""

    kind: str
    resource: Resource | None
    is_privileged: bool


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with roles: what any of them denies, no other gives."""

    roles: Sequence[Row]
    traits: Traits = field(default_factory=dict)

    def reaches(self, role: Row, resources: Iterable[Resource]) -> Iterator[Reached]:
        """Yield what a role of theirs opens among the resources."""
        by_kind = {kind: [it for it in resources if it.kind == kind] for kind in RESOURCES}
        for kind, found in by_kind.items():
            yield from self._of_kind(role, kind, found)

    def _of_kind(self, role: Row, kind: str, found: list[Resource]) -> Iterator[Reached]:
        spec = _side(role, "allow")
        labels = part(spec, _LABELS[kind])
        expression = spec.get(f"{_LABELS[kind]}_expression")
        whom = self._whom(spec, kind)
        if not (labels or expression) or (kind in _WHOM and not whom):
            return
        mighty = bool(whom & _MIGHTY) or (kind == "db" and _ANY in whom)
        selector = None if expression else self._filled(labels)
        if selector is None or not found:
            yield Reached(kind, None, mighty)
            return
        denied = list(self._denied(kind))
        for it in found:
            if _fits(selector, it.labels) and not any(_fits(deny, it.labels) for deny in denied):
                yield Reached(kind, it, mighty)

    def _denied(self, kind: str) -> Iterator[Selector]:
        for role in self.roles:
            # What cannot be said takes nothing away.
            if selector := self._filled(part(_side(role, "deny"), _LABELS[kind])):
                yield selector

    def _whom(self, spec: Row, kind: str) -> set[str]:
        return {
            who
            for key in _WHOM.get(kind, ())
            for who in self._texts(spec.get(key))
            if not any(who in denied or _ANY in denied for denied in self._refused(key))
        }

    def _refused(self, key: str) -> Iterator[set[str]]:
        for role in self.roles:
            yield set(self._texts(_side(role, "deny").get(key)))

    def _filled(self, labels: Row) -> Selector | None:
        """Return the labels with the traits in their places; None where that cannot be said."""
        filled = {key: self._texts(values) for key, values in labels.items()}
        is_known = all(map(_is_pattern, (*filled, *chain.from_iterable(filled.values()))))
        return filled if is_known else None

    def _texts(self, values: object) -> list[str]:
        return [filled for text in texts(values) for filled in self._with_traits(text)]

    def _with_traits(self, text: str) -> list[str]:
        """Return a text for each value of the trait that it names; itself if it names none."""
        if (named := _TRAIT.search(text)) is None:
            return [text]
        values = self.traits.get(named[1] or named[2], ())
        return [text.replace(named[0], value) for value in values]


def governs(role: Row) -> bool:
    """Say whether the role lets somebody change who may do what."""
    rules = _side(role, "allow").get("rules")
    return any(
        _GOVERNED & set(texts(it.get("resources"))) and _CHANGES & set(texts(it.get("verbs")))
        for it in (rules if isinstance(rules, list) else ())
        if isinstance(it, Mapping)
    )


def may_ask_for(role: Row) -> Iterator[str]:
    """Yield `request:ROLE` and `review:ROLE` for what the role lets somebody ask for or decide."""
    for word, key in (("request", "request"), ("review", "review_requests")):
        conditions = part(_side(role, "allow"), key)
        for name in (*texts(conditions.get("roles")), *texts(conditions.get("search_as_roles"))):
            yield f"{word}:{name}"


def _side(role: Row, side: str) -> Row:
    return part(part(role, "spec"), side)


def _fits(selector: Selector, labels: Mapping[str, str]) -> bool:
    if selector.get(_ANY) == [_ANY]:
        return True
    return bool(selector) and all(
        key in labels and any(_matches(value, labels[key]) for value in values)
        for key, values in selector.items()
    )


def _is_pattern(text: str) -> bool:
    """Say whether it is one by itself: no function of a trait, and no expression of Go's alone."""
    try:
        re.compile(text if _is_expression(text) else "")
    except re.error:
        return False
    return "{{" not in text


def _is_expression(pattern: str) -> bool:
    return pattern.startswith("^") and pattern.endswith("$")


def _matches(pattern: str, text: str) -> bool:
    if _is_expression(pattern):
        return re.search(pattern, text) is not None
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text, re.DOTALL) is not None
