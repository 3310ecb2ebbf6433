"""The role bindings of a Kubernetes cluster, with its optimistic versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from werkzeug import Request, Response

from controlled.over_http import OverHttp, said
from controlled.system import TOKEN
from oncall_audit.control.model import Right
from oncall_audit.control.providers.kubernetes import Kubernetes

GROUP = "rbac.authorization.k8s.io"
Binding = dict[str, Any]


@dataclass
class KubernetesCluster(OverHttp):
    """Two namespaces; Cleo and a group share a binding that somebody else made."""

    bindings: dict[tuple[str, str], Binding] = field(init=False, default_factory=dict)
    numbers: Any = field(init=False, default_factory=lambda: count(1))
    # Called before a change is made, as if somebody else were quicker.
    before_change: Callable[[], None] = field(init=False, default=lambda: None)

    def reset(self) -> None:
        self.bindings = {}
        self.before_change = lambda: None
        self.make("payments", "viewers", "ClusterRole/view", user("cleo"), group("sre"))
        self.make("payments", "agent", "Role/deployer", robot("payments", "deployer"))
        self.make("", "everywhere", "ClusterRole/view", user("cleo"))
        self.rights = (
            Right("kubernetes", "ada", "production/payments", "ClusterRole/view"),
            Right("kubernetes", "ben", "production/payments", "ClusterRole/view"),
            Right("kubernetes", "ada", "production/payments", "Role/deployer"),
            Right("kubernetes", "ada", "production", "ClusterRole/view"),
            Right("kubernetes", "cleo", "production/payments", "ClusterRole/view"),
        )

    def provider(self, **options: Any) -> Kubernetes:
        mine = {"url": self.url, "token": TOKEN, "cluster": "production"}
        return Kubernetes(**{**mine, **options})

    def make(self, namespace: str, name: str, role: str, *subjects: Binding) -> None:
        """Store a binding as if somebody had made it."""
        kind, _, role_name = role.partition("/")
        self._store(
            namespace,
            {
                "metadata": {"name": name},
                "roleRef": {"apiGroup": GROUP, "kind": kind, "name": role_name},
                "subjects": list(subjects),
            },
        )

    def state(self) -> frozenset[Right]:
        return frozenset(
            Right(
                "kubernetes",
                _account(subject),
                f"production/{namespace}" if namespace else "production",
                f"{binding['roleRef']['kind']}/{binding['roleRef']['name']}",
            )
            for (namespace, _), binding in self.bindings.items()
            for subject in binding.get("subjects") or ()
            if subject["kind"] != "Group"
        )

    def route(self, request: Request, parts: list[str]) -> Response:
        match parts[3:]:
            case ["rolebindings"]:
                return self._page(request, [it for it in self.bindings if it[0]])
            case ["clusterrolebindings"]:
                return self._collection(request, "")
            case ["clusterrolebindings", name]:
                return self._one(request, "", name)
            case ["namespaces", "payments" | "search" as namespace, "rolebindings"]:
                return self._collection(request, namespace)
            case ["namespaces", namespace, "rolebindings", name]:
                return self._one(request, namespace, name)
        return _status("NotFound", 404)

    def _collection(self, request: Request, namespace: str) -> Response:
        if request.method == "GET":
            return self._page(request, [it for it in self.bindings if it[0] == namespace])
        self.before_change()
        sent = request.json
        if (namespace, sent["metadata"]["name"]) in self.bindings:
            return _status("AlreadyExists", 409)
        return said(self._store(namespace, sent), 201)

    def _one(self, request: Request, namespace: str, name: str) -> Response:
        if request.method != "GET":
            self.before_change()
        present = self.bindings.get((namespace, name))
        if present is None:
            return _status("NotFound", 404)
        if request.method == "GET":
            return said(present)
        metadata = present["metadata"]
        if request.method == "DELETE":
            wanted = request.json["preconditions"]
            if any(metadata[name] != value for name, value in wanted.items()):
                return _status("Conflict", 409)
            del self.bindings[namespace, name]
            return said({"kind": "Status", "status": "Success"})
        sent = request.json
        if sent["metadata"]["resourceVersion"] != metadata["resourceVersion"]:
            return _status("Conflict", 409)
        assert sent["roleRef"] == present["roleRef"], "a role reference cannot be changed"
        return said(self._store(namespace, sent))

    def _store(self, namespace: str, sent: Binding) -> Binding:
        name = sent["metadata"]["name"]
        version = str(next(self.numbers))
        present = self.bindings.get((namespace, name), {"metadata": {"uid": f"uid-{version}"}})
        place = {"namespace": namespace} if namespace else {}
        own = {"uid": present["metadata"]["uid"], "resourceVersion": version, **place}
        stored = {**sent, "metadata": {**sent["metadata"], **own}}
        self.bindings[namespace, name] = stored
        return stored

    def _page(self, request: Request, keys: list[tuple[str, str]]) -> Response:
        start = int(request.args.get("continue", 0))
        size = min(2, int(request.args["limit"]))
        items = [self.bindings[key] for key in keys[start : start + size]]
        following = start + size if start + size < len(keys) else None
        following = start if self.loops else following
        metadata = {} if following is None else {"continue": str(following)}
        return said({"kind": "RoleBindingList", "metadata": metadata, "items": items})


def user(name: str) -> Binding:
    return {"kind": "User", "apiGroup": GROUP, "name": name}


def group(name: str) -> Binding:
    return {"kind": "Group", "apiGroup": GROUP, "name": name}


def robot(namespace: str, name: str) -> Binding:
    return {"kind": "ServiceAccount", "namespace": namespace, "name": name}


def _account(subject: Binding) -> str:
    if subject["kind"] == "User":
        return str(subject["name"])
    return f"system:serviceaccount:{subject['namespace']}:{subject['name']}"


def _status(reason: str, code: int) -> Response:
    return said({"kind": "Status", "status": "Failure", "reason": reason, "code": code}, code)
