"""AWS through boto3: how its clients are made, and its failures in words without a secret."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from oncall_audit.connectors.http import reveal, safe_url
from oncall_audit.control.forms import documented
from oncall_audit.errors import ConfigurationError, ControlError

_POLL_SECONDS = 3.0
_POLLS = 60
_UNKNOWN = "Whether a change was made is not known: look what is held now, and apply again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """Where credentials come from: a key, a profile, or what the machine has; then a role."""

    region: str
    profile: str | None = None
    role_arn: str | None = None
    access_key_id: str | None = None
    access_key_secret: object = field(default=None, repr=False)
    url: str | None = None

    def __post_init__(self) -> None:
        if bool(self.access_key_id) != bool(self.access_key_secret):
            raise ConfigurationError("Give both `access_key_id` and `access_key_secret`, or none.")

    def clients(self, *services: str) -> list[Any]:
        """Return a client of each AWS service."""
        import boto3

        key = {}
        if self.access_key_id:
            key["aws_access_key_id"] = self.access_key_id
            key["aws_secret_access_key"] = reveal(self.access_key_secret)
        session = boto3.Session(profile_name=self.profile, region_name=self.region, **key)
        if self.role_arn:
            session = boto3.Session(region_name=self.region, **self._assumed(session))
        return [self._client(session, service) for service in services]

    def _assumed(self, session: Any) -> Mapping[str, str]:
        sts = self._client(session, "sts")
        said = sts.assume_role(RoleArn=self.role_arn, RoleSessionName="oncall-audit")
        given = said["Credentials"]
        return {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }

    def _client(self, session: Any, service: str) -> Any:
        from botocore.config import Config

        # All that is sent is idempotent, so that trying again cannot do it twice.
        config = Config(
            connect_timeout=10,
            read_timeout=60,
            retries={"mode": "standard", "total_max_attempts": 4},
        )
        url = safe_url(self.url) if self.url else None
        return session.client(service, endpoint_url=url, config=config)


@contextmanager
def asked(what: str) -> Iterator[None]:
    """Turn whatever boto3 raises into a `ControlError` without a secret.

    Raise `ConfigurationError` where boto3 is not installed.
    """
    try:
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
        from botocore.parsers import ResponseParserError
    except ImportError:
        raise ConfigurationError(
            "Changing access in AWS needs boto3: install 'oncall-audit[aws]'."
        ) from None
    try:
        with documented(f"AWS {what}"):
            yield
    except ClientError as error:
        raise ControlError(f"AWS {what} refused {_refusal(error)}") from None
    except ParamValidationError as error:
        raise ControlError(f"AWS {what} takes no such name: {visible(str(error))}.") from None
    except (BotoCoreError, ResponseParserError) as error:
        name = type(error).__name__
        raise ControlError(f"AWS {what} did not answer as it should ({name}). {_UNKNOWN}") from None


def acknowledged(said: Mapping[str, Any]) -> None:
    """Raise unless it was AWS that answered: boto3 takes any web page for a yes without content."""
    if not said["ResponseMetadata"].get("RequestId"):
        raise ControlError(f"Something else than AWS answered. {_UNKNOWN}")


def settled(first: Mapping[str, Any], ask: Callable[[str], Mapping[str, Any]]) -> None:
    """Wait until AWS has done or refused what it began; raise `ControlError` if it does neither.

    `ask` gets the request's id and returns its status anew: every three seconds, for three minutes.
    """
    found = first
    for _ in range(_POLLS):
        status = found.get("Status")
        if status == "SUCCEEDED":
            return
        if status == "FAILED":
            reason = visible(str(found.get("FailureReason") or "without a reason"))
            raise ControlError(f"AWS could not do it: {reason}.")
        time.sleep(_POLL_SECONDS)
        found = ask(str(first["RequestId"]))
    minutes = _POLLS * _POLL_SECONDS / 60
    raise ControlError(f"AWS was still at it after {minutes:g} minutes. {_UNKNOWN}")


def visible(text: str) -> str:
    """Return AWS's own words, made harmless."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]


def _refusal(error: Any) -> str:
    said = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0
    words = f"{said.get('Code', 'an error')}: {visible(str(said.get('Message', '')))}"
    remedy = _UNKNOWN if status >= 500 else "Give the credentials what docs/providers names."
    return f"{error.operation_name} ({status}, {words}). {remedy}"
