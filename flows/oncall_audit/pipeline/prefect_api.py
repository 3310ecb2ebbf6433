"""What is asked of a Prefect server without importing Prefect, which takes seconds and memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import requests

_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class PrefectApi:
    """The API of one server; raises `requests.RequestException` where it does not answer."""

    url: str

    def get(self, path: str) -> Any:
        """Return what lies at a path."""
        return self._answer("GET", path, None)

    def post(self, path: str, **body: Any) -> Any:
        """Ask for what a filter finds, or for a change."""
        return self._answer("POST", path, body)

    def _answer(self, method: str, path: str, body: Any) -> Any:
        # As Prefect's own client does, where a server asks for it.
        said = os.environ.get("PREFECT_API_AUTH_STRING", "")
        user, _, password = said.partition(":")
        answer = requests.request(
            method,
            f"{self.url.rstrip('/')}/{path}",
            json=body,
            auth=(user, password) if said else None,
            timeout=_TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None
