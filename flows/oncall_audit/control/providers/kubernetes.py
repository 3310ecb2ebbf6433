"""Kubernetes: who is a subject of which role bindings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from oncall_audit.control.http import Api, api
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

_GROUP = "rbac.authorization.k8s.io"
_BASE = f"/apis/{_GROUP}/v1"
_LABELS = {"app.kubernetes.io/managed-by": "oncall-audit"}
_SERVICE_ACCOUNT = "system:serviceaccount:"
_MISSING = ("reason", "NotFound")
# Somebody else may change the same binding at the same time, but hardly as often.
_TRIES = 4

Binding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The role bindings of one Kubernetes cluster: a right is a role, bound to a user.

    Needs a service account's token that may get, list, create, update and delete role bindings,
    and `bind` on just the roles that are given. With `namespaces` only those are read and
    changed, and cluster role bindings are left alone.
    """

    url: str
    cluster: str
    token: object = field(repr=False)
    system: str = "kubernetes"
    ca_file: str | None = None
    namespaces: tuple[str, ...] = ()

    def held(self) -> Iterator[Held]:
        """Yield a right for each user and service account that is bound by name."""
        with self._api() as cluster:
            for place in self._places():
                for binding in _bindings(cluster, place):
                    namespace = binding["metadata"].get("namespace")
                    name = f"{self.cluster}/{namespace}" if namespace else self.cluster
                    for account in _accounts(binding):
                        yield Held(
                            Right(self.system, account, name, _permission(binding)),
                            granted_via=f"binding:{binding['metadata']['name']}",
                        )

    def grant(self, right: Right, until: datetime | None) -> None:
        """Bind the role to the account by a binding of its own; it does not end by itself."""
        place = self._place(right)
        with self._api() as cluster:
            if any(_gives(binding, right) for binding in _bindings(cluster, place)):
                return
            made = _own(right, place)
            reply = cluster.send("POST", place, made, done=(201, 409))
            if reply.status == 409:
                _change(cluster, place, made["metadata"]["name"], right, is_wanted=True)

    def revoke(self, right: Right) -> None:
        """Take the account out of every binding that gives the role there, and nobody else."""
        place = self._place(right)
        with self._api() as cluster:
            for binding in list(_bindings(cluster, place)):
                if _gives(binding, right):
                    _change(cluster, place, binding["metadata"]["name"], right, is_wanted=False)

    def _api(self) -> AbstractContextManager[Api]:
        guide = "docs/providers/kubernetes.md"
        return api(self.url, self.token, guide=guide, ca_file=self.ca_file)

    def _places(self) -> list[str]:
        if self.namespaces:
            return [_namespaced(namespace) for namespace in self.namespaces]
        return [f"{_BASE}/rolebindings", f"{_BASE}/clusterrolebindings"]

    def _place(self, right: Right) -> str:
        cluster, _, namespace = right.resource_name.partition("/")
        kind, _, role = right.permission.partition("/")
        kinds = ("ClusterRole", "Role") if namespace else ("ClusterRole",)
        if cluster != self.cluster or kind not in kinds or not role:
            raise ControlError(
                f"A right in Kubernetes is ClusterRole/NAME or Role/NAME in"
                f" {self.cluster}/NAMESPACE, or ClusterRole/NAME in {self.cluster}, not"
                f" {right.permission} in {right.resource_name}."
            )
        if self.namespaces and namespace not in self.namespaces:
            raise ControlError(f"{right.resource_name} is not among `namespaces`: add it there.")
        return _namespaced(namespace) if namespace else f"{_BASE}/clusterrolebindings"


def _namespaced(namespace: str) -> str:
    return f"{_BASE}/namespaces/{quote(namespace, safe='')}/rolebindings"


def _bindings(cluster: Api, place: str) -> Iterator[Binding]:
    return cluster.continued(place, [("limit", 500)], key="items", cursor="continue")


def _permission(binding: Binding) -> str:
    return f"{binding['roleRef']['kind']}/{binding['roleRef']['name']}"


def _accounts(binding: Binding) -> list[str]:
    return [account for it in binding.get("subjects") or () if (account := _account(it))]


def _account(subject: dict[str, Any]) -> str | None:
    """Return the user name that the subject has in requests; a group is no account."""
    if subject["kind"] == "ServiceAccount":
        return f"{_SERVICE_ACCOUNT}{subject.get('namespace', '')}:{subject['name']}"
    return str(subject["name"]) if subject["kind"] == "User" else None


def _subject(account: str) -> dict[str, Any]:
    if account.startswith(_SERVICE_ACCOUNT):
        namespace, _, name = account.removeprefix(_SERVICE_ACCOUNT).partition(":")
        return {"kind": "ServiceAccount", "namespace": namespace, "name": name}
    return {"kind": "User", "apiGroup": _GROUP, "name": account}


def _gives(binding: Binding, right: Right) -> bool:
    return _permission(binding) == right.permission and right.account in _accounts(binding)


def _own(right: Right, place: str) -> Binding:
    """Return the binding that gives this right alone; its name is always the same."""
    told = f"{right.permission}|{right.account}"
    name = f"oncall-audit-{hashlib.sha256(told.encode()).hexdigest()[:20]}"
    kind, _, role = right.permission.partition("/")
    is_namespaced = "/namespaces/" in place
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "RoleBinding" if is_namespaced else "ClusterRoleBinding",
        "metadata": {"name": name, "labels": dict(_LABELS)},
        "roleRef": {"apiGroup": _GROUP, "kind": kind, "name": role},
        "subjects": [_subject(right.account)],
    }


def _change(cluster: Api, place: str, name: str, right: Right, *, is_wanted: bool) -> None:
    """Change the subjects of a binding as it is now: what others changed is not overridden."""
    path = f"{place}/{quote(name, safe='')}"
    for _ in range(_TRIES):
        binding = cluster.find(path, missing=_MISSING)
        if binding is None and not is_wanted:
            return
        if binding is None or _permission(binding) != right.permission:
            break
        if (right.account in _accounts(binding)) == is_wanted:
            return
        others = [it for it in binding.get("subjects") or () if _account(it) != right.account]
        subjects = [*others, _subject(right.account)] if is_wanted else others
        if _write(cluster, path, binding, subjects):
            return
    raise ControlError(f"{cluster.client.address(path)} is changed by others: apply again.")


def _write(cluster: Api, path: str, binding: Binding, subjects: list[dict[str, Any]]) -> bool:
    """Replace or remove exactly this version of a binding; False if it is another by now."""
    metadata = binding["metadata"]
    is_own = (metadata.get("labels") or {}).items() >= _LABELS.items()
    if is_own and not subjects:
        version = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        condition = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": version}
        reply = cluster.send("DELETE", path, condition, done=(200, 202, 404, 409))
    else:
        # The version in the metadata makes the server refuse it when it is outdated.
        changed = {**binding, "subjects": subjects}
        reply = cluster.send("PUT", path, changed, done=(200, 404, 409))
    return reply.status not in (404, 409)
