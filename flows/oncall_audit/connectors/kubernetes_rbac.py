"""Kubernetes: roles and who is bound to them, by a cluster's API or as an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from oncall_audit.connectors.base import File, Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.files import find_files
from oncall_audit.connectors.http import Answer, Client, reveal
from oncall_audit.connectors.paging import pages
from oncall_audit.connectors.records import Row, UnreadableError, columns, part, required, rows
from oncall_audit.connectors.times import read_time
from oncall_audit.errors import ConfigurationError

_BASE = "/apis/rbac.authorization.k8s.io/v1"
_LIMIT = 500
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_ROLES = ("Role", "ClusterRole")
# What every cluster has: an export without them is not whole.
_ALWAYS = ("ClusterRole", "ClusterRoleBinding")
# The label of what the API server itself makes and keeps as it is.
_DEFAULT = ("kubernetes.io/bootstrapping", "rbac-defaults")


@dataclass(frozen=True, slots=True)
class _Decoder:
    """Reads the objects of some kinds; `cluster` is theirs."""

    kinds: tuple[str, ...]
    cluster: str | None = None

    def __call__(self, document: Any, context: Row) -> Iterator[Row]:
        """Yield a row for each role, or for each subject of a binding."""
        row = self._roles if self.kinds == _ROLES else self._subjects
        return rows(self._wanted(document, context), row)

    def _wanted(self, document: Any, context: Row) -> list[Any]:
        items = document.get("items") if isinstance(document, Mapping) else None
        if not isinstance(items, list):
            raise UnreadableError("it holds no list of objects: export them by `kubectl … -o json`")
        if "kind" in context:
            # Objects of one kind do not repeat it.
            kind = {"kind": context["kind"]}
            return [{**it, **kind} if isinstance(it, Mapping) else it for it in items]
        if part(document, "metadata").get("continue"):
            raise UnreadableError("it is only the first part of an answer: export without a limit")
        kinds = {it.get("kind") for it in items if isinstance(it, Mapping)}
        missing = [kind for kind in _ALWAYS if kind not in kinds]
        if missing:
            raise UnreadableError(f"it has no {missing[0]}: export all four kinds into one file")
        return [it for it in items if not isinstance(it, Mapping) or it.get("kind") in self.kinds]

    def _named(self, found: Row) -> Row:
        metadata = part(found, "metadata")
        return {
            "cluster": self.cluster,
            "kind": found["kind"],
            "namespace": metadata.get("namespace"),
            "name": required(metadata, "name"),
            "is_default": part(metadata, "labels").get(_DEFAULT[0]) == _DEFAULT[1],
            "created_at": read_time(metadata.get("creationTimestamp")),
        }

    def _roles(self, role: Row) -> Iterator[Row]:
        yield {**self._named(role), "rules": role.get("rules") or []}

    def _subjects(self, binding: Row) -> Iterator[Row]:
        to = part(binding, "roleRef")
        role = {"role_kind": required(to, "kind"), "role_name": required(to, "name")}
        for subject in binding.get("subjects") or ():
            if not isinstance(subject, Mapping):
                raise UnreadableError("a subject is no object")
            yield {
                **self._named(binding),
                **role,
                "subject_kind": required(subject, "kind"),
                "subject_name": required(subject, "name"),
                "subject_namespace": subject.get("namespace"),
            }


def _tables(cluster: str | None) -> tuple[Table, ...]:
    named = {"is_default": "BOOLEAN"}
    bound = "role_kind role_name subject_kind subject_name subject_namespace"
    return (
        SnapshotTable(
            "subjects",
            columns(f"cluster kind namespace name {bound}", "created_at", **named),
            _Decoder(_BINDINGS, cluster),
        ),
        SnapshotTable(
            "roles",
            columns("cluster kind namespace name rules", "created_at", **named),
            _Decoder(_ROLES, cluster),
        ),
    )


@dataclass(frozen=True, slots=True)
class KubernetesRbac:
    """Roles and role bindings of one cluster, by its API (`url`, `token`) or as files (`path`).

    Needs to list roles, cluster roles and their bindings. `cluster` names it in the policy.
    """

    cluster: str
    name: str = "kubernetes_rbac"
    path: str | Path | None = None
    url: str | None = None
    token: object = field(default=None, repr=False)
    ca_file: str | None = None

    default_system: ClassVar[str] = "kubernetes"
    kind: ClassVar[Kind] = "permissions"
    shapes: ClassVar[tuple[Table, ...]] = _tables(None)

    def __post_init__(self) -> None:
        if (self.path is None) == (self.token is None) or (self.token is None) != (
            self.url is None
        ):
            raise ConfigurationError(
                f"Source {self.name} needs `url` and `token` (of a service account), or `path`"
                " (a folder of exported roles and bindings): give either."
            )

    @property
    def tables(self) -> tuple[Table, ...]:
        """Roles, and the subjects of bindings."""
        return _tables(self.cluster)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield bindings and roles as they are now, or each export for both."""
        if self.path is not None:
            for file in find_files(self.path, ".json"):
                yield File("subjects", file)
                yield File("roles", file)
            return
        at = datetime.now(UTC)
        with self._client() as client:
            for kind in (*_BINDINGS, *_ROLES):
                table = "roles" if kind in _ROLES else "subjects"
                for number, answer in enumerate(_listed(client, f"{_BASE}/{kind.lower()}s")):
                    name = f"{kind.lower()}s-{number:05}"
                    yield Page(table, name, answer.body, at, {"kind": kind})

    def probe(self) -> str:
        """Ask for one binding; raise `SourceError` if the cluster cannot be reached or refuses."""
        if self.path is not None:
            return f"{len(find_files(self.path, '.json'))} file(s)"
        with self._client() as client:
            client.get(f"{_BASE}/rolebindings", [("limit", 1)], key="items")
        return "answers, and accepts the key"

    def _client(self) -> Client:
        key = {"Authorization": f"Bearer {reveal(self.token)}", "Accept": "application/json"}
        return Client(str(self.url), key, ca_file=self.ca_file)


def _listed(client: Client, path: str) -> Iterator[Answer]:
    def get(token: str) -> Answer:
        following = [("continue", token)] if token else []
        return client.get(path, [("limit", _LIMIT), *following], key="items")

    def following(_token: str, answer: Answer) -> str | None:
        return part(answer.document, "metadata").get("continue") or None

    return pages("", get, following, key="items")
