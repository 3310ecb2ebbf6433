"""AWS IAM: who may do what in accounts, asked of AWS itself or read from its exported answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import orjson

from oncall_audit.connectors.aws import need_boto3
from oncall_audit.connectors.aws_iam_accounts import Account, Accounts
from oncall_audit.connectors.aws_iam_report import last_used
from oncall_audit.connectors.aws_iam_tables import TABLES
from oncall_audit.connectors.base import File, Kind, Page, Table, Window
from oncall_audit.connectors.files import find_files
from oncall_audit.errors import ConfigurationError

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/\S+")


@dataclass(frozen=True, slots=True)
class AwsIam:
    """Permissions of AWS accounts: as AWS tells them, or as exported files (`path`).

    Asks with the credentials that boto3 finds, of `profile` if one is named; with `role_arns` each
    role is assumed, one an account, else their own account is read. Needs
    `iam:GetAccountAuthorizationDetails`, and for the last use of users
    `iam:GenerateCredentialReport` and `iam:GetCredentialReport`; `credential_report: false` does
    without the latter two.
    """

    path: str | Path | None = None
    name: str = "aws_iam"
    region: str | None = None
    profile: str | None = None
    role_arns: tuple[str, ...] = ()
    credential_report: bool = True

    default_system: ClassVar[str] = "aws"
    kind: ClassVar[Kind] = "permissions"
    tables: ClassVar[tuple[Table, ...]] = TABLES

    def __post_init__(self) -> None:
        if not isinstance(self.credential_report, bool):
            raise ConfigurationError(
                f"Source {self.name}: `credential_report` is either true or false."
            )
        if self.path is None:
            need_boto3()
        elif self.region or self.profile or self.role_arns:
            raise ConfigurationError(
                f"Source {self.name}: `region`, `profile` and `role_arns` are for asking AWS, and"
                " `path` is for exported files: give either."
            )
        accounts = [_account(self.name, arn) for arn in self.role_arns]
        if len(set(accounts)) < len(accounts):
            raise ConfigurationError(
                f"Source {self.name}: `role_arns` has two roles of one account: name one of them."
            )

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield each account twice, or each export: for its principals and for its policies."""
        if self.path is not None:
            for file in find_files(self.path, ".json"):
                yield File("principals", file)
                yield File("policies", file)
            return
        # One time for all of them: an account that is not in a snapshot has lost its rights.
        at = datetime.now(UTC)
        for account in self._accounts:
            yield from self._pages(account, at)

    def probe(self) -> str:
        """Ask each account for one entry; raise `SourceError` if one cannot be read."""
        if self.path is not None:
            return f"{len(find_files(self.path, '.json'))} file(s)"
        found = []
        for account in self._accounts:
            account.look()
            if self.credential_report:
                account.begin_report()
            found.append(account.number)
        return f"lets account {', '.join(found)} be read"

    def _pages(self, account: Account, at: datetime) -> Iterator[Page]:
        details = account.details()
        kept, context = details, {}
        if self.credential_report:
            report = account.credential_report()
            kept = {**details, "CredentialReport": report}
            context = {"last_used": last_used(account.number, report["Content"])}
        yield Page("principals", account.number, orjson.dumps(kept), at, context)
        yield Page("policies", account.number, orjson.dumps(details), at)

    @property
    def _accounts(self) -> Accounts:
        return Accounts(self.region, self.profile, tuple(self.role_arns))


def _account(source: str, arn: str) -> str:
    match = _ROLE.fullmatch(arn)
    if not match:
        raise ConfigurationError(
            f"Source {source}: `role_arns` holds {arn!r:.100}, which is not like"
            " arn:aws:iam::111122223333:role/example."
        )
    return match[1]
