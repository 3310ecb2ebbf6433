"""AWS asked itself: each account whole, all accounts or none, or the source says why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from asked_aws_iam import DETAILS, land, landed_of, on, people, read, rows
from servers.aws_iam import ACCOUNT, OTHER, Iam, answer, refusal, role

from oncall_audit.connectors import aws
from oncall_audit.connectors.aws_iam import AwsIam
from oncall_audit.connectors.aws_iam_report import last_used
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.sources import Source

READ = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
)
HEAD = "user,arn,password_last_used,access_key_1_last_used_date,access_key_2_last_used_date\n"


def test_what_aws_tells_becomes_what_an_export_of_it_would(iam: Iam) -> None:
    iam.client.create_user(UserName="ada")
    iam.client.create_group(GroupName="sre")
    iam.client.add_user_to_group(GroupName="sre", UserName="ada")
    iam.client.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=READ)
    arn = iam.client.create_policy(PolicyName="Read", PolicyDocument=READ)["Policy"]["Arn"]
    iam.client.attach_group_policy(GroupName="sre", PolicyArn=arn)

    pages = read(credential_report=False)

    found = rows(pages)
    listed = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}
    document = {"Version": "2012-10-17", "Statement": [listed]}
    (ada, sre, audit) = found["principals"]
    assert (ada["kind"], ada["arn"]) == ("user", f"arn:aws:iam::{ACCOUNT}:user/ada")
    assert ada["group_names"] == ["sre"]
    assert ada["inline_policies"] == [{"PolicyName": "own", "PolicyDocument": document}]
    assert ada["created_at"].tzinfo == UTC
    assert ada["last_used_at"] is None
    assert (sre["kind"], sre["attached_policies"]) == (
        "group",
        [{"PolicyName": "Read", "PolicyArn": arn}],
    )
    assert (audit["kind"], audit["name"]) == ("role", "audit")
    assert found["policies"] == [{"arn": arn, "name": "Read", "document": document}]
    assert [(page.table, page.name) for page in pages] == [
        ("principals", ACCOUNT),
        ("policies", ACCOUNT),
    ]
    assert "GenerateCredentialReport" not in iam.actions


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_all_pages_are_one_answer(iam: Iam, size: int) -> None:
    names = people(iam, 5)
    iam.client.create_policy(PolicyName="Read", PolicyDocument=READ)
    iam.page_size = size

    pages = read()

    found = rows(pages)
    assert [row["name"] for row in found["principals"]] == [*names, "audit"]
    assert [row["name"] for row in found["policies"]] == ["Read"]
    assert iam.actions.count(DETAILS) == -(-7 // size)


def test_each_account_is_read_by_its_role_and_all_at_one_time(iam: Iam, tmp_path: Path) -> None:
    iam.client.create_user(UserName="ada")
    iam.backend(OTHER).create_user("us-east-1", "ben")

    pages = read(role_arns=(role(OTHER), role(ACCOUNT)))

    assert [page.name for page in pages] == [OTHER, OTHER, ACCOUNT, ACCOUNT]
    assert len({page.observed_at for page in pages}) == 1
    assert [(row["kind"], row["arn"]) for row in rows(pages)["principals"]] == [
        ("user", f"arn:aws:iam::{OTHER}:user/ben"),
        ("role", role(OTHER)),
        ("user", f"arn:aws:iam::{ACCOUNT}:user/ada"),
        ("role", role(ACCOUNT)),
    ]


def test_the_last_use_of_a_user_is_the_newest_of_password_and_keys(
    iam: Iam, tmp_path: Path
) -> None:
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    for name in ("ada", "ben", "cleo", "dan"):
        iam.client.create_user(UserName=name)
    iam.client.create_login_profile(UserName="ada", Password="canary-4712-Aa!")
    iam.client.create_login_profile(UserName="cleo", Password="canary-4712-Aa!")
    for name in ("ada", "ada", "ben"):
        iam.client.create_access_key(UserName=name)
    users = iam.backend().users
    users["ada"].password_last_used = at
    users["ada"].access_keys[1].last_used = at + timedelta(days=2)
    users["ben"].access_keys[0].last_used = at + timedelta(days=1)

    landed = land(tmp_path)

    assert (landed.state, landed.quarantined) == ("complete", 0)
    plain = at.replace(tzinfo=None)
    assert landed_of(tmp_path) == [
        ("ada", plain + timedelta(days=2)),
        ("audit", None),
        ("ben", plain + timedelta(days=1)),
        ("cleo", None),
        ("dan", None),
    ]


def test_what_was_answered_is_kept(iam: Iam) -> None:
    iam.client.create_user(UserName="ada")

    principals, policies = (orjson.loads(page.body) for page in read())

    report = principals.pop("CredentialReport")
    assert principals == policies
    assert report["ReportFormat"] == "text/csv"
    assert report["Content"].splitlines()[2].startswith(f"ada,arn:aws:iam::{ACCOUNT}:user/ada,")


@pytest.mark.parametrize("nothing", ["N/A", "no_information", "not_supported", ""])
def test_what_is_no_time_does_not_become_one(nothing: str) -> None:
    lines = (
        f"ada,a,{nothing},{nothing},{nothing}\n",
        f"ben,b,{nothing},{nothing},2026-01-05T08:00:00+00:00\n",
    )

    assert last_used(ACCOUNT, HEAD + "".join(lines)) == {"b": datetime(2026, 1, 5, 8, tzinfo=UTC)}


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("", "nobody is in it"),
        (HEAD, "nobody is in it"),
        ("<html>\nhello\n", "'arn'"),
        (HEAD.replace("access_key_2_last_used_date", "other") + "ada,a,N/A,N/A,N/A\n", "key_2"),
        (f"{HEAD}ada,a,N/A,N/A,lately\n", "'lately' is no time"),
        (f"{HEAD}ada,a,N/A\n", "cut off"),
        (f'{HEAD}"ada,a,N/A,N/A,N/A\n', "unexpected end"),
    ],
)
def test_a_report_that_cannot_be_read_is_no_report_of_nobody(report: str, words: str) -> None:
    with pytest.raises(SourceError, match=rf"{words}.*credential_report: false"):
        last_used(ACCOUNT, report)


def test_a_report_is_waited_for(iam: Iam, waits: list[float]) -> None:
    iam.trouble = on(
        "GenerateCredentialReport",
        lambda n: (
            answer("GenerateCredentialReport", "<State>INPROGRESS</State>") if n < 4 else None
        ),
    )

    assert len(read()) == 2
    # moto itself begins with a report that it is still to make.
    assert len(waits) == 4
    assert waits[0] < waits[3] <= 30


def test_a_report_that_is_never_made_fails(iam: Iam, waits: list[float]) -> None:
    iam.trouble = on(
        "GenerateCredentialReport",
        lambda _: answer("GenerateCredentialReport", "<State>INPROGRESS</State>"),
    )

    with pytest.raises(SourceError, match=r"no credential report after 15 tries: run again, or"):
        read()

    assert len(waits) == 14


def test_doctor_asks_for_as_little_as_proves_the_rights(iam: Iam, tmp_path: Path) -> None:
    from oncall_audit.cli.diagnosis import _source
    from oncall_audit.workspace import Workspace

    options = {"region": "eu-central-1", "role_arns": [role(ACCOUNT), role(OTHER)]}
    source = Source(name="iam", type="aws_iam", kind="permissions", system="aws", options=options)

    found = _source(Workspace(tmp_path), source)

    assert (found.state, found.text) == ("ok", f"lets account {ACCOUNT}, {OTHER} be read")
    assert iam.actions == ["AssumeRole", DETAILS, "GenerateCredentialReport"] * 2
    iam.trouble = on(DETAILS, lambda _: refusal("AccessDenied", 403))
    assert _source(Workspace(tmp_path), source).state == "fail"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"path": "exports", "region": "eu-central-1"}, "give either"),
        ({"path": "exports", "role_arns": (role(ACCOUNT),)}, "give either"),
        ({"role_arns": ("audit",)}, "is not like arn:aws:iam::"),
        ({"role_arns": (role(ACCOUNT), f"{role(ACCOUNT)}-2")}, "two roles of one account"),
        ({"credential_report": "no"}, "either true or false"),
    ],
)
def test_wrong_settings_are_refused_at_once(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        AwsIam(**options)


def test_asking_needs_boto3_and_reading_files_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "find_spec", lambda _: None)
    AwsIam(path="exports")

    with pytest.raises(ConfigurationError, match=r"install 'oncall-audit\[aws\]'"):
        AwsIam()
