"""Exports of AWS account authorisation details, with all their quirks."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from oncall_audit.connectors.aws_iam import AwsIam
from oncall_audit.connectors.aws_iam_tables import decode_policies, decode_principals
from oncall_audit.connectors.base import File, Window
from oncall_audit.errors import SourceError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
ARN = "arn:aws:iam::123456789012"
CREATED = datetime(2023, 3, 9, 10, 41, 45, tzinfo=UTC)
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
READ_LISTED = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]}


def principals(document: Any) -> list[dict[str, Any]]:
    """Decode the principals."""
    return [dict(row) for row in decode_principals(document, {})]


def policies(document: Any) -> list[dict[str, Any]]:
    """Decode the policies."""
    return [dict(row) for row in decode_policies(document, {})]


def user(**more: object) -> dict[str, Any]:
    """Return an export of one user."""
    ada = {"UserName": "ada", "Arn": f"{ARN}:user/ada", "CreateDate": "2023-03-09T10:41:45Z"}
    return {"UserDetailList": [{**ada, **more}]}


def policy(*versions: dict[str, Any], default: str | None = "v2") -> dict[str, Any]:
    """Return an export of one managed policy."""
    read = {"PolicyName": "Read", "Arn": f"{ARN}:policy/Read", "DefaultVersionId": default}
    return {"Policies": [{**read, "PolicyVersionList": list(versions)}]}


def test_reads_each_export_for_its_principals_and_its_policies(tmp_path: Path) -> None:
    files = [tmp_path / "acme" / "2026-03-02.json", tmp_path / "acme" / "2026-03-03.json.gz"]
    (tmp_path / "acme").mkdir()
    for file in files:
        file.write_bytes(b"{}")

    found = list(AwsIam(path=tmp_path).read(WINDOW))

    assert found == [File(table, file) for file in files for table in ("principals", "policies")]


def test_a_folder_without_exports_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no files ending in \.json"):
        list(AwsIam(path=tmp_path).read(WINDOW))


def test_a_user_with_all_that_gives_rights() -> None:
    attached = [{"PolicyName": "Read", "PolicyArn": f"{ARN}:policy/Read"}]
    document = user(
        GroupList=["sre"],
        AttachedManagedPolicies=attached,
        UserPolicyList=[{"PolicyName": "own", "PolicyDocument": {"Statement": READ}}],
        PermissionsBoundary={"PermissionsBoundaryArn": f"{ARN}:policy/Bound"},
    )

    assert principals(document) == [
        {
            "kind": "user",
            "name": "ada",
            "arn": f"{ARN}:user/ada",
            "created_at": CREATED,
            "group_names": ["sre"],
            "attached_policies": attached,
            "inline_policies": [
                {"PolicyName": "own", "PolicyDocument": {"Statement": [READ_LISTED]}}
            ],
            "boundary_arn": f"{ARN}:policy/Bound",
            "last_used_at": None,
        }
    ]


def test_absent_lists_mean_that_there_is_nothing() -> None:
    (found,) = principals(user(CreateDate="2023-03-09 10:41:45+00:00"))

    assert found["created_at"] == CREATED
    assert (found["group_names"], found["attached_policies"], found["inline_policies"]) == (
        [],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("used", "expected"),
    [({}, None), (None, None), ({"LastUsedDate": "2023-03-09T10:41:45+00:00"}, CREATED)],
)
def test_a_role_may_never_have_been_used(used: Any, expected: Any) -> None:
    role = {"RoleName": "admin", "Arn": f"{ARN}:role/admin", "RoleLastUsed": used}

    (found,) = principals({"RoleDetailList": [role]})

    assert (found["kind"], found["last_used_at"]) == ("role", expected)


@pytest.mark.parametrize(
    "kept",
    [("UserDetailList",), ("GroupDetailList", "Policies"), ("Policies",), ("RoleDetailList",)],
)
def test_keys_may_be_missing_at_the_top(kept: tuple[str, ...]) -> None:
    document: dict[str, Any] = {name: [] for name in kept}

    assert (principals(document), policies(document)) == ([], [])


def test_only_the_default_version_of_a_policy_counts() -> None:
    old = {"VersionId": "v1", "IsDefaultVersion": True, "Document": {"Statement": []}}
    new = {"VersionId": "v2", "IsDefaultVersion": False, "Document": {"Statement": [READ]}}

    assert policies(policy(old, new)) == [
        {"arn": f"{ARN}:policy/Read", "name": "Read", "document": {"Statement": [READ_LISTED]}}
    ]


def test_a_policy_without_its_default_version_is_refused() -> None:
    (found,) = policies(policy({"VersionId": "v1", "Document": {}}))

    assert found == {"_rejected": f"the default version of policy {ARN}:policy/Read is not in it"}


@pytest.mark.parametrize(
    "document", [json.dumps({"Statement": READ}), quote(json.dumps({"Statement": READ}))]
)
def test_a_document_may_come_as_text(document: str) -> None:
    (found,) = policies(policy({"VersionId": "v2", "Document": document}))

    assert found["document"] == {"Statement": [READ_LISTED]}


def test_one_unreadable_principal_does_not_take_the_others_away() -> None:
    ada = user()["UserDetailList"][0]
    broken = {**ada, "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": "no JSON"}]}

    found = principals({"UserDetailList": [broken, {}, {**ada, "CreateDate": "then"}, ada]})

    assert [row.get("_rejected") for row in found] == [
        "a policy document is no JSON",
        "it has no `UserName`",
        "'then' is no time",
        None,
    ]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"SummaryMap": {"Users": 3}},
        {"Content": "user,arn", "ReportFormat": "text/csv"},
        {"Policies": [{"Id": "p-1", "Content": {}}], "Children": []},
        {"Error": {"Code": "AccessDenied"}},
    ],
)
def test_what_is_no_such_export_is_refused(document: Any) -> None:
    with pytest.raises(
        ValueError, match=r"no answer of `aws iam get-account-authorization-details`"
    ):
        principals(document)


@pytest.mark.parametrize("mark", [{"IsTruncated": True}, {"NextToken": "x"}])
def test_half_an_export_is_refused(mark: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="only the first part"):
        principals({**user(), **mark})
