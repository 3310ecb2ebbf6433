"""How the answers of `get-account-authorization-details` become rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson

from oncall_audit.connectors.aws_iam_accounts import LISTS
from oncall_audit.connectors.base import SnapshotTable, Table
from oncall_audit.connectors.records import Row, UnreadableError, columns, part, required, rows
from oncall_audit.connectors.times import read_time

_ONE_OR_MANY = ("Action", "NotAction", "Resource", "NotResource")


def decode_principals(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each user, group and role; the context may tell users' last use by ARN."""
    details, used = _details(document), part(context, "last_used")
    for kind in ("User", "Group", "Role"):
        yield from rows(details.get(f"{kind}DetailList") or [], _Principals(kind, used).row)


def decode_policies(document: Any, _context: Row) -> Iterator[Row]:
    """Yield the default version of each managed policy; no other version counts."""
    return rows(_details(document).get("Policies") or [], _policy)


@dataclass(frozen=True, slots=True)
class _Principals:
    """Reads principals of one kind: AWS names their keys after it."""

    kind: str
    used: Row

    def row(self, principal: Row) -> Iterator[Row]:
        inline = principal.get(f"{self.kind}PolicyList") or []
        name, arn = required(principal, f"{self.kind}Name"), required(principal, "Arn")
        last_used = part(principal, "RoleLastUsed").get("LastUsedDate")
        yield {
            "kind": self.kind.lower(),
            "name": name,
            "arn": arn,
            "created_at": read_time(principal.get("CreateDate")),
            "group_names": principal.get("GroupList") or [],
            "attached_policies": principal.get("AttachedManagedPolicies") or [],
            "inline_policies": [_inline(policy) for policy in inline],
            "boundary_arn": part(principal, "PermissionsBoundary").get("PermissionsBoundaryArn"),
            "last_used_at": read_time(last_used or self.used.get(arn)),
        }


def _details(document: Any) -> Row:
    if not isinstance(document, Mapping) or not _is_details(document):
        raise UnreadableError(
            "it is no answer of `aws iam get-account-authorization-details`: move it elsewhere or"
            " export the account again"
        )
    if document.get("IsTruncated") or document.get("NextToken"):
        # Half a snapshot would show every right of the other half as taken away.
        raise UnreadableError("it is only the first part of an answer: export without --max-items")
    return document


def _is_details(document: Row) -> bool:
    """Organizations also has `Policies`, without versions."""
    if any(isinstance(document.get(name), list) for name in LISTS[:3]):
        return True
    policies = document.get("Policies")
    return isinstance(policies, list) and all(
        isinstance(policy, Mapping) and "PolicyVersionList" in policy for policy in policies
    )


def _inline(policy: Any) -> Row:
    if not isinstance(policy, Mapping):
        raise UnreadableError(f"an inline policy is {type(policy).__name__}, not an object")
    return {
        "PolicyName": required(policy, "PolicyName"),
        "PolicyDocument": _document(policy.get("PolicyDocument")),
    }


def _policy(policy: Row) -> Iterator[Row]:
    versions = [each for each in policy.get("PolicyVersionList") or [] if isinstance(each, Mapping)]
    default = policy.get("DefaultVersionId")
    found = [each for each in versions if each.get("VersionId") == default] if default else []
    found = found or [each for each in versions if each.get("IsDefaultVersion") is True]
    if not found:
        raise UnreadableError(f"the default version of policy {policy.get('Arn')} is not in it")
    yield {
        "arn": required(policy, "Arn"),
        "name": required(policy, "PolicyName"),
        "document": _document(found[0].get("Document")),
    }


def _document(document: Any) -> Row:
    """Return a policy with lists where AWS allows both one value and a list."""
    if isinstance(document, str):
        document = _parsed(document)
    if not isinstance(document, Mapping):
        raise UnreadableError("a policy document is no object")
    statements = (_statement(each) for each in _many(document.get("Statement")))
    return {**document, "Statement": list(statements)}


def _parsed(text: str) -> Any:
    # The plain API answers with URL-encoded text, the command line with objects.
    try:
        return orjson.loads(text if text.lstrip().startswith("{") else unquote(text))
    except orjson.JSONDecodeError:
        raise UnreadableError("a policy document is no JSON") from None


def _statement(statement: Any) -> Row:
    if not isinstance(statement, Mapping):
        raise UnreadableError("a policy statement is no object")
    lists = {name: _many(statement[name]) for name in _ONE_OR_MANY if name in statement}
    return {**statement, **lists}


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [] if value is None else [value]


TABLES: tuple[Table, ...] = (
    SnapshotTable(
        "principals",
        columns(
            "kind name arn group_names attached_policies inline_policies boundary_arn",
            "created_at last_used_at",
        ),
        decode_principals,
    ),
    SnapshotTable("policies", columns("arn name document"), decode_policies),
)
