"""Reads `policy.yml` and refuses what refers to nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from oncall_audit.documents import Key, read
from oncall_audit.policy import networks
from oncall_audit.policy.fields import EVERYTHING
from oncall_audit.policy.model import Policy
from oncall_audit.validation import meant, refuse, validate
from oncall_audit.workspace import Workspace

Reference = tuple[Key, str, str]


def load_policy(workspace: Workspace) -> Policy:
    """Return the workspace's policy; every mistake in it is told with its line."""
    document = read(workspace.policy)
    # "roles:" with everything below it commented out is no mistake.
    said = {name: value for name, value in document.content.items() if value is not None}
    policy = validate(document, Policy, said)
    known = {"service": set(policy.services), "resource": set(policy.resources)}
    refuse(
        document.mistake(key, f"there is no {kind} '{name}'. {meant(name, known[kind])}")
        for key, kind, name in _references(policy)
        if name not in known[kind] and (kind, name) != ("resource", EVERYTHING)
    )
    refuse(
        document.mistake(key, text)
        for key, text in (*_shared_names(policy), *networks.clashes(policy))
    )
    return policy


def _references(policy: Policy) -> Iterator[Reference]:
    for name, resource in policy.resources.items():
        yield ("resources", name, "service"), "service", resource.service
    for place, role in enumerate(policy.roles):
        yield from _listed(("roles", place, "resources"), role.resources)
    for place, shift in enumerate(policy.shifts):
        yield ("shifts", place, "service"), "service", shift.service
        yield from _listed(("shifts", place, "resources"), shift.resources)
    for place, exception in enumerate(policy.exceptions):
        yield ("exceptions", place, "resource"), "resource", exception.resource
    yield from networks.references(policy)


def _listed(key: Key, names: Iterable[str]) -> Iterator[Reference]:
    for place, name in enumerate(names):
        yield (*key, place), "resource", name


def _shared_names(policy: Policy) -> Iterator[tuple[Key, str]]:
    uses = Counter(name for it in policy.resources.values() for name in set(it.names))
    for resource_id, resource in policy.resources.items():
        for place, name in enumerate(resource.names):
            if uses[name] > 1:
                text = f"'{name}' names more than one resource; keep it with one of them."
                yield ("resources", resource_id, "names", place), text
