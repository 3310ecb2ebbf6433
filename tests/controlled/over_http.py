"""A system that is asked over HTTP: routing is its own affair, trouble is the same for all."""

from __future__ import annotations

import json
import re
import threading
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from controlled.system import TOKEN, System

KINDS = ("401", "403", "500", "html", "half", "lost")


@dataclass
class OverHttp(System):
    """Keeps what it was asked, and answers by `route` unless there is trouble."""

    server: HTTPServer
    requests: list[tuple[str, str]] = field(init=False, default_factory=list)
    # Until then a request stalls.
    over: threading.Event = field(init=False, default_factory=threading.Event)
    loops: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.kinds = self.read_kinds = KINDS
        self.server.expect_request(re.compile(".*")).respond_with_handler(self._answer)
        self.reset()

    @property
    def url(self) -> str:
        """The address to ask."""
        return self.server.url_for("").rstrip("/")

    @abstractmethod
    def route(self, request: Request, parts: list[str]) -> Response:
        """Answer as the vendor documents it."""

    def allows(self, request: Request) -> bool:
        """Say whether the request has the token."""
        return request.headers.get("Authorization") == f"Bearer {TOKEN}"

    @contextmanager
    def troubled(self, kind: str, first: int) -> Iterator[None]:
        self.over.clear()
        with super().troubled(kind, first):
            try:
                yield
            finally:
                # A request that stalls would keep the server from all others.
                self.over.set()

    def _answer(self, request: Request) -> Response:
        self.asked += 1
        self.requests.append((request.method, request.full_path.rstrip("?")))
        kind = self.trouble.kind if self.trouble and self.asked >= self.trouble.first else ""
        if kind in ("401", "403", "500"):
            return self._echoed(int(kind), request)
        if kind == "html":
            return Response(f"<html><body>Log in {TOKEN}</body></html>", content_type="text/html")
        answer = self.answered(request)
        if kind == "half":
            whole = answer.get_data() or b"{}"
            status = 200 if answer.status_code == 204 else answer.status_code
            return Response(whole[:-1], status, {"Content-Length": len(whole)})
        if kind == "lost":
            return self._echoed(500, request)
        if kind == "stall":
            self.over.wait(10)
        return answer

    def answered(self, request: Request) -> Response:
        """Answer as if there were no trouble."""
        if not self.allows(request):
            return said({"message": "Bad credentials"}, 401)
        return self.route(request, request.path.strip("/").split("/"))

    def _echoed(self, status: int, request: Request) -> Response:
        token = request.headers.get("Authorization", "")
        return said({"error": {"message": f"no \x1b[31m{token}"}, "message": token}, status)

    def paged(
        self, request: Request, rows: list[Any], size_name: str, cursor_name: str
    ) -> Response:
        """Return a page of at most two rows, with a link to the next one."""
        start = int(request.args.get(cursor_name, 0))
        size = min(2, int(request.args.get(size_name, 2)))
        answer = said(rows[start : start + size])
        if start + size < len(rows) or self.loops:
            following = start if self.loops else start + size
            others = "&".join(
                f"{name}={value}" for name, value in request.args.items() if name != cursor_name
            )
            url = f"{self.url}{request.path}?{others}&{cursor_name}={following}"
            answer.headers.add("Link", f'<{self.url}{request.path}>; rel="self"')
            answer.headers.add("Link", f'<{url}>; rel="next"')
        return answer


def said(document: object, status: int = 200) -> Response:
    """Return JSON as an API sends it."""
    return Response(json.dumps(document), status, content_type="application/json")


def nothing() -> Response:
    """Return an answer without content."""
    return Response(status=204)
