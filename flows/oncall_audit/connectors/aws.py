"""AWS through boto3: how its clients are made, and its failures in words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from oncall_audit.connectors.http import TRIES
from oncall_audit.errors import ConfigurationError, SourceError, SourceMissing

# What AWS says of any credentials, and what to do about it.
REMEDIES = {
    "ExpiredToken": "renew the credentials and run again",
    "InvalidAccessKeyId": "renew the credentials",
    "InvalidClientTokenId": "renew the credentials",
    "InvalidToken": "renew the credentials",
    "SignatureDoesNotMatch": "correct the credentials",
}


def client(
    service: str,
    where: str,
    *,
    region: str | None = None,
    profile: str | None = None,
    key: Mapping[str, str] | None = None,
) -> Any:
    """Return a client with boto3's own credentials or a key, and its own tries, six a request.

    Raise `SourceError` where region, profile or boto3's own settings are wrong.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    config = Config(
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=16,
        retries={"mode": "standard", "total_max_attempts": TRIES},
    )
    try:
        session = boto3.Session(profile_name=profile, region_name=region, **(key or {}))
        return session.client(service, config=config)
    except (BotoCoreError, ValueError) as error:
        raise SourceError(
            f"{where} cannot be asked ({visible(str(error)).rstrip('.')}): correct region, profile"
            " or credentials."
        ) from None


@contextmanager
def asked(where: str, remedies: Mapping[str, str]) -> Iterator[None]:
    """Turn whatever boto3 raises into a `SourceError` without a secret, with what to do."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise _refused(where, error.response, remedies) from None
    # Whatever is no answer of AWS its parsers meet with errors of Python's own.
    except (BotoCoreError, ResponseParserError, LookupError, ValueError) as error:
        raise SourceError(
            f"{where} cannot be read ({type(error).__name__}): look at credentials, region and"
            " network."
        ) from None


def need_boto3() -> None:
    """Raise `ConfigurationError` where boto3 is not installed."""
    if find_spec("boto3") is None:
        raise ConfigurationError("Asking AWS needs boto3: install 'oncall-audit[aws]'.")


def visible(text: str) -> str:
    """Return a text of somebody else's, made harmless."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]


def _refused(where: str, response: Any, remedies: Mapping[str, str]) -> SourceError:
    said = response.get("Error", {})
    code, status = str(said.get("Code", "")), response["ResponseMetadata"].get("HTTPStatusCode")
    words = visible(f"{status} {code}: {said.get('Message', '')}")
    remedy = remedies.get(code.removesuffix("Exception"), "run again; if it stays so, ask AWS")
    kind = SourceMissing if code == "NoSuchBucket" else SourceError
    return kind(f"{where} is refused ({words}): {remedy}.")
