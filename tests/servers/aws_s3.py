"""S3 by moto's server, behind a door that keeps what was asked and can be given trouble."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from typing import Any

import boto3
import requests
from werkzeug import Request, Response

from servers import ApiServer

BUCKET = "example-trail"
_HOP = {"connection", "transfer-encoding", "date", "server"}


@dataclass
class S3(ApiServer):
    """Passes every request on to moto; the connector knows this address alone."""

    moto: str = ""
    client: Any = field(init=False, default=None)

    def __post_init__(self) -> None:
        super().__post_init__()
        requests.post(f"{self.moto}/moto-api/reset", timeout=30)
        # A client that asks moto itself.
        self.client = boto3.client("s3", region_name="us-east-1", endpoint_url=self.moto)
        self.client.create_bucket(Bucket=BUCKET)

    @property
    def url(self) -> str:
        # By number, for of a host with a name boto3 makes one of the bucket's own.
        return f"http://127.0.0.1:{self.server.port}"

    def serve(self, request: Request) -> Response:
        """Answer as moto does, byte for byte."""
        sent = {name: value for name, value in request.headers if name.lower() != "host"}
        got = requests.request(
            request.method,
            self.moto + request.environ["RAW_URI"],
            headers=sent,
            data=request.get_data(),
            timeout=30,
            stream=True,
        )
        kept = [it for it in got.headers.items() if it[0].lower() not in _HOP]
        return Response(got.raw.read(decode_content=False), got.status_code, kept)

    def put(self, key: str, *records: Any, **more: Any) -> None:
        """Put a log file as CloudTrail does: packed, and said to be."""
        self.put_bytes(key, gzip.compress(json.dumps({"Records": records}).encode()), **more)

    def put_bytes(self, key: str, body: bytes, **more: Any) -> None:
        """Put an object."""
        self.client.put_object(
            Bucket=BUCKET,
            Key=key,
            Body=body,
            ContentType="application/json",
            ContentEncoding="gzip",
            **more,
        )

    def got(self) -> list[str]:
        """Return the key of each object that was asked for."""
        paths = (path.removeprefix(f"/{BUCKET}/") for path in self.asked)
        return sorted(path for path in paths if ".json.gz" in path and "?" not in path)


def refusal(code: str, status: int) -> Response:
    """Answer an error as S3 does."""
    text = f"<Error><Code>{code}</Code><Message>Refused for a test</Message></Error>"
    return Response(text, status, content_type="application/xml")
