"""Local servers that speak as the vendors' APIs do, one module a connector."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


@dataclass
class ApiServer(ABC):
    """Keeps what it was asked; `trouble` may answer in the place of what it serves."""

    server: HTTPServer
    asked: list[str] = field(default_factory=list)
    trouble: Callable[[int, Request], Response | None] = lambda _number, _request: None

    def __post_init__(self) -> None:
        self.server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    @property
    def url(self) -> str:
        """The address to ask."""
        return self.server.url_for("").rstrip("/")

    def _answer(self, request: Request) -> Response:
        self.asked.append(request.full_path.rstrip("?"))
        troubled = self.trouble(len(self.asked), request)
        return self.serve(request) if troubled is None else troubled

    @abstractmethod
    def serve(self, request: Request) -> Response:
        """Answer as the vendor does, by its documentation."""
