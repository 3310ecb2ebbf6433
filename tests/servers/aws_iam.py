"""IAM and STS by moto's server, behind a door that adds pages, and can be given trouble."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import boto3
import requests
from moto.backends import get_backend
from werkzeug import Request, Response

from servers import ApiServer

ACCOUNT, OTHER = "123456789012", "210987654321"
_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_HOP = {"content-encoding", "content-length", "connection", "transfer-encoding", "date", "server"}
_TRUST = '{"Version": "2012-10-17", "Statement": []}'


@dataclass
class Iam(ApiServer):
    """Passes every request on to moto, and cuts the details into pages, which moto does not."""

    moto: str = ""
    page_size: int = 1000
    actions: list[str] = field(default_factory=list)
    client: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        super().__post_init__()
        requests.post(f"{self.moto}/moto-api/reset", timeout=30)
        # A client that asks moto itself.
        self.client = boto3.client("iam", region_name="eu-central-1", endpoint_url=self.moto)
        for account in (ACCOUNT, OTHER):
            self.backend(account).create_role("audit", _TRUST, "/", None, "", [], 3600)

    @staticmethod
    def backend(account: str = ACCOUNT) -> Any:
        """Return what moto knows of an account: not all of it can be told through the API."""
        return get_backend("iam")[account]["aws"]

    def serve(self, request: Request) -> Response:
        """Answer as moto does, of the details a page."""
        sent = {name: value for name, value in request.headers if name.lower() != "host"}
        got = requests.request(
            request.method, f"{self.moto}/", headers=sent, data=request.get_data(), timeout=30
        )
        said = form(request)
        body = got.content
        if said["Action"] == "GetAccountAuthorizationDetails":
            body = self._page(body, said)
        elif said["Action"] == "GetCredentialReport":
            body = _with_root(body)
        self.actions.append(said["Action"])
        kept = [it for it in got.headers.items() if it[0].lower() not in _HOP]
        return Response(body, got.status_code, kept)

    def _page(self, body: bytes, said: dict[str, str]) -> bytes:
        root = ET.fromstring(body)
        (result,) = root.iter(f"{{{_NAMESPACE}}}GetAccountAuthorizationDetailsResult")
        lists = [it for it in result if it.tag.partition("}")[2] in _LISTS]
        for policy in result.iterfind("{*}Policies/{*}member"):
            # AWS names it, and moto does not.
            name = str(policy.findtext("{*}Arn")).rpartition("/")[2]
            ET.SubElement(policy, f"{{{_NAMESPACE}}}PolicyName").text = name
        entries = [(of, entry) for of in lists for entry in list(of)]
        first = int(said.get("Marker", "0"))
        until = first + min(self.page_size, int(said["MaxItems"]))
        for number, (of, entry) in enumerate(entries):
            if not first <= number < until:
                of.remove(entry)
        (truncated,) = result.iter(f"{{{_NAMESPACE}}}IsTruncated")
        truncated.text = "true" if until < len(entries) else "false"
        if until < len(entries):
            ET.SubElement(result, f"{{{_NAMESPACE}}}Marker").text = str(until)
        return ET.tostring(root)


def _with_root(body: bytes) -> bytes:
    """Return a report with the account's root in it, whom moto leaves out."""
    root = ET.fromstring(body)
    (content,) = root.iter(f"{{{_NAMESPACE}}}Content")
    head, *users = base64.b64decode(content.text or "").decode().splitlines(keepends=True)
    of_root = ",".join(["<root_account>", f"arn:aws:iam::{ACCOUNT}:root", *["not_supported"] * 20])
    text = "".join([head, of_root, "\n", *users])
    content.text = base64.b64encode(text.encode()).decode()
    return ET.tostring(root)


def form(request: Request) -> dict[str, str]:
    """Return what was asked."""
    return {name: one for name, (one, *_) in parse_qs(request.get_data(as_text=True)).items()}


def role(account: str) -> str:
    """Return the ARN of the role by which an account is read."""
    return f"arn:aws:iam::{account}:role/audit"


def refusal(code: str, status: int) -> Response:
    """Answer an error as IAM does."""
    error = f"<Error><Code>{code}</Code><Message>Refused for a test</Message></Error>"
    text = f"<ErrorResponse>{error}<RequestId>r-1</RequestId></ErrorResponse>"
    return Response(text, status, content_type="text/xml")


def answer(action: str, result: str) -> Response:
    """Answer a request with something else than moto does."""
    told = "<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata>"
    text = f"<{action}Response><{action}Result>{result}</{action}Result>{told}</{action}Response>"
    return Response(text, content_type="text/xml")
