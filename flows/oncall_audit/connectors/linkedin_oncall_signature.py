"""Signs requests as an application of LinkedIn's oncall."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

import requests
from requests.auth import AuthBase

# A signature holds for the span of time in which it was made, and the next.
_SPAN_SECONDS = 5


class Signature(AuthBase):
    """Signs each request anew, when it is sent: no signature is good for a later try."""

    def __init__(self, application: str, key: str) -> None:
        self._application = application
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header that says who asks."""
        _, mark, path = request.path_url.partition("/api/")
        text = f"{int(time.time()) // _SPAN_SECONDS} {request.method} {mark}{path} "
        made = hmac.new(self._key.encode(), text.encode(), hashlib.sha512).digest()
        digest = base64.urlsafe_b64encode(made).decode()
        request.headers["Authorization"] = f"hmac {self._application}:{digest}"
        return request
