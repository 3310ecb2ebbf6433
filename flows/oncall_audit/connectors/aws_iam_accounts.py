"""What AWS itself says of accounts: who may do what there, and when users were last there."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import orjson

from oncall_audit.connectors.aws import REMEDIES, asked, client
from oncall_audit.connectors.http import back_off
from oncall_audit.connectors.paging import MAX_PAGES
from oncall_audit.errors import SourceError

LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
_LIMIT = 1000
_SEEN = 2 * MAX_PAGES
# Half a minute each in the end, so that AWS has some minutes to make a report.
_REPORT_TRIES = 15
_REMEDIES = {**REMEDIES, "AccessDenied": "give the credentials what docs/connectors names"}
_OF_ROLES = {**REMEDIES, "AccessDenied": "let the role trust the credentials, and them assume it"}
_OF_REPORTS = {
    **REMEDIES,
    "AccessDenied": "give the credentials iam:GenerateCredentialReport and"
    " iam:GetCredentialReport, or set `credential_report: false`",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account; every failure to read it whole is a `SourceError`."""

    number: str
    iam: Any = field(repr=False)

    def details(self) -> dict[str, Any]:
        """Return all pages of its authorization details as one answer."""
        found: dict[str, Any] = {name: [] for name in LISTS}
        for page in self._pages():
            for name in LISTS:
                found[name] += page[name]
        if not any(found[name] for name in LISTS[:3]):
            # Not even the one who asks.
            raise SourceError(f"{self._place} is said to have nobody in it: ask AWS why.")
        return {**found, "IsTruncated": False}

    def credential_report(self) -> dict[str, Any]:
        """Return the credential report, at most four hours old, once AWS has made it."""
        for attempt in range(1, _REPORT_TRIES + 1):
            if self.begin_report() == "COMPLETE":
                break
            if attempt == _REPORT_TRIES:
                raise SourceError(
                    f"{self._place} has no credential report after {attempt} tries: run again, or"
                    " set `credential_report: false`."
                )
            time.sleep(back_off(attempt))
        with self._asked(_OF_REPORTS):
            answer = self.iam.get_credential_report()
        content = _answered(self._place, answer, "Content", "ReportFormat")["Content"]
        try:
            return {**_body(answer), "Content": content.decode()}
        except UnicodeDecodeError:
            raise SourceError(f"{self._place} has a credential report that is no text.") from None

    def begin_report(self) -> str:
        """Let AWS make a credential report where it has no new one; return its state."""
        with self._asked(_OF_REPORTS):
            answer = self.iam.generate_credential_report()
        return str(_answered(self._place, answer, "State")["State"])

    def look(self) -> None:
        """Ask for one entry of the details; raise `SourceError` where it is refused."""
        with self._asked():
            answer = self.iam.get_account_authorization_details(MaxItems=1)
        _answered(self._place, answer, "IsTruncated")

    def _pages(self) -> Iterator[dict[str, list[Any]]]:
        seen: set[str | bytes] = set()
        marker: str | None = None
        while True:
            following = {"Marker": marker} if marker else {}
            with self._asked():
                answer = self.iam.get_account_authorization_details(MaxItems=_LIMIT, **following)
            is_more = _answered(self._place, answer, "IsTruncated")["IsTruncated"]
            page = {name: answer.get(name) or [] for name in LISTS}
            # A page may be empty though others follow, and then says nothing of a loop.
            told = {_told(page)} if any(page.values()) else set()
            marker = answer.get("Marker")
            # boto3's own pages end where a marker is missing.
            if told & seen or (is_more and (not marker or marker in seen)) or len(seen) > _SEEN:
                raise SourceError(
                    f"{self._place} has a list without an end: run again; if it stays so, ask AWS."
                )
            yield page
            if not is_more:
                return
            seen |= {str(marker), *told}

    def _asked(self, remedies: Mapping[str, str] = _REMEDIES) -> AbstractContextManager[None]:
        return asked(self._place, remedies)

    @property
    def _place(self) -> str:
        return f"AWS account {self.number}"


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of some roles, or that of the credentials that boto3 finds."""

    region: str | None = None
    profile: str | None = None
    role_arns: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Account]:
        """Yield each account, its role assumed only now, for that lasts no more than an hour."""
        sts = self._client("sts")
        if not self.role_arns:
            with asked("AWS", _REMEDIES):
                said = sts.get_caller_identity()
            yield Account(_answered("AWS", said, "Account")["Account"], self._client("iam"))
        for arn in self.role_arns:
            key = _assumed(sts, arn)
            yield Account(arn.split(":")[4], self._client("iam", key))

    def _client(self, service: str, key: Mapping[str, str] | None = None) -> Any:
        return client(service, "AWS", region=self.region, profile=self.profile, key=key)


def _assumed(sts: Any, arn: str) -> dict[str, str]:
    with asked(f"The role {arn}", _OF_ROLES):
        said = sts.assume_role(RoleArn=arn, RoleSessionName="oncall-audit")
    given = _answered(f"The role {arn}", said, "Credentials")["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def _answered(where: str, answer: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Return the answer if it is one: of a web page boto3 makes one in which nothing is."""
    if not answer["ResponseMetadata"].get("RequestId") or any(key not in answer for key in keys):
        raise SourceError(f"{where} was answered by something else: look at network and proxies.")
    return answer


def _body(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _told(page: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(page)).digest()
