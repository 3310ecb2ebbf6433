"""A local server that behaves like a cluster's API of roles and role bindings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.kubernetes_rbac import KubernetesRbac
from servers import ApiServer

TOKEN = "canary-token-4714"
Record = dict[str, Any]
_PATH = re.compile(r"/apis/rbac\.authorization\.k8s\.io/v1/(\w+)")


@dataclass
class KubernetesRbacServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    objects: dict[str, list[Record]] = field(default_factory=dict)
    largest_page: int = 100

    def connector(self, token: str = TOKEN) -> Connector:
        """Return the connector that asks this cluster."""
        return KubernetesRbac("production", url=self.url, token=token)

    def fill(self, pages: int) -> None:
        """Let the list of role bindings have so many pages."""
        self.objects["rolebindings"] = [
            binding(f"binding-{number:05}", "Role/view", user("ada"), namespace="payments")
            for number in range(pages * self.largest_page)
        ]

    def found(self, pages: list[Page]) -> list[str]:
        """Return the role bindings that the pages hold, in order."""
        return [
            it["metadata"]["name"]
            for page in pages
            if page.context["kind"] == "RoleBinding"
            for it in json.loads(page.body)["items"]
        ]

    def limited(self, seconds: int) -> Response:
        """Answer as the API server does when it has too much to do."""
        return status(429, "Too many requests", **{"Retry-After": str(seconds)})

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return status(401, "Unauthorized")
        path = _PATH.fullmatch(request.path)
        return self._page(request, path[1]) if path else status(404, "not found")

    def _page(self, request: Request, kinds: str) -> Response:
        """Without a limit everything; else what is left is told with a token for it."""
        found = self.objects.get(kinds, [])
        start = int(request.args.get("continue", "at-0").removeprefix("at-"))
        end = start + min(int(request.args.get("limit", len(found) or 1)), self.largest_page)
        left = {"continue": f"at-{end}"} if end < len(found) else {}
        body = {"kind": "List", "metadata": {"resourceVersion": "7", **left}}
        shown = [{k: v for k, v in it.items() if k != "kind"} for it in found[start:end]]
        return Response(json.dumps({**body, "items": shown}), content_type="application/json")


def serve(server: HTTPServer) -> KubernetesRbacServer:
    """Serve a cluster with a role, a cluster role, and a binding of each."""
    return KubernetesRbacServer(
        server,
        objects={
            "rolebindings": [binding("oncall", "Role/view", group("oncall"), namespace="payments")],
            "clusterrolebindings": [binding("admins", "ClusterRole/cluster-admin", user("ada"))],
            "roles": [role("view", ["get"], namespace="payments")],
            "clusterroles": [role("cluster-admin", ["*"], labels=DEFAULT)],
        },
    )


DEFAULT = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def binding(name: str, to: str, *subjects: Record, **metadata: Any) -> Record:
    """Return a binding of a role, such as `Role/view`; in a namespace or of the cluster."""
    kind, _, role_name = to.partition("/")
    return {
        "kind": "RoleBinding" if "namespace" in metadata else "ClusterRoleBinding",
        "metadata": {"name": name, "creationTimestamp": "2026-03-01T00:00:00Z", **metadata},
        "roleRef": {"kind": kind, "name": role_name},
        "subjects": list(subjects),
    }


def role(name: str, verbs: list[str], **metadata: Any) -> Record:
    """Return a role that may do so with everything."""
    return {
        "kind": "Role" if "namespace" in metadata else "ClusterRole",
        "metadata": {"name": name, "creationTimestamp": "2026-03-01T00:00:00Z", **metadata},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": verbs}],
    }


def user(name: str) -> Record:
    """Return a person as a subject."""
    return {"kind": "User", "name": name}


def group(name: str) -> Record:
    """Return a group as a subject."""
    return {"kind": "Group", "name": name}


def status(code: int, message: str, **headers: str) -> Response:
    """Return an error as the API server words it."""
    body = {"kind": "Status", "status": "Failure", "message": message, "code": code}
    return Response(json.dumps(body), code, headers, content_type="application/json")
