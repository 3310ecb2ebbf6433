"""AWS asked itself: each account whole, all accounts or none, or the source says why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from servers.aws_iam import ACCOUNT, OTHER, Iam, answer, form, refusal, role
from werkzeug import Request, Response

from oncall_audit import connectors, landing
from oncall_audit.connectors import aws
from oncall_audit.connectors.aws_iam import AwsIam
from oncall_audit.connectors.aws_iam_report import last_used
from oncall_audit.connectors.aws_iam_tables import decode_policies, decode_principals
from oncall_audit.connectors.base import Page, Window
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.sources import Source

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
DETAILS = "GetAccountAuthorizationDetails"
READ = (
    '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}'
)
HEAD = "user,arn,password_last_used,access_key_1_last_used_date,access_key_2_last_used_date\n"
Trouble = Callable[[int, Request], Response | None]


def read(**options: Any) -> list[Page]:
    """Read the accounts."""
    found = AwsIam(**{"region": "eu-central-1", **options}).read(WINDOW)
    return [page for page in found if isinstance(page, Page)]


def rows(pages: list[Page]) -> dict[str, list[dict[str, Any]]]:
    """Decode the pages as the landing zone does."""
    decoders = {"principals": decode_principals, "policies": decode_policies}
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in decoders}
    for page in pages:
        decoded = decoders[page.table](orjson.loads(page.body), page.context)
        found[page.table] += [dict(row) for row in decoded]
    return found


def land(folder: Path, **options: Any) -> landing.Landed:
    return landing.land(
        AwsIam(region="eu-central-1", **options),
        source_name="s",
        system="aws",
        window=WINDOW,
        folder=folder,
        now=WINDOW.until,
    )


def landed_of(folder: Path) -> list[tuple[Any, ...]]:
    """Return name and last use of each principal that landed."""
    with landing.Manifest(folder / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        landing.views(connection, manifest, {"aws_iam": connectors.tables("aws_iam")})
        query = "select name, last_used_at from landing.aws_iam__principals order by all"
        return connection.execute(query).fetchall()


def on(action: str, response: Callable[[int], Response | None]) -> Trouble:
    """Answer in the place of AWS whenever that is asked, with the number of times it was."""
    seen: list[str] = []

    def trouble(_: int, request: Request) -> Response | None:
        if form(request)["Action"] != action:
            return None
        seen.append(action)
        return response(len(seen))

    return trouble


def people(iam: Iam, number: int) -> list[str]:
    """Make so many users; return their names."""
    names = [f"user-{n:03}" for n in range(number)]
    for name in names:
        iam.client.create_user(UserName=name)
    return names


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


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (on(DETAILS, lambda _: refusal("AccessDenied", 403)), "AccessDenied.*give the credentials"),
        (
            on(DETAILS, lambda n: refusal("ExpiredToken", 403) if n > 1 else None),
            "ExpiredToken.*renew",
        ),
        (on(DETAILS, lambda n: refusal("Throttling", 400) if n > 2 else None), "Throttl.*again"),
        (on(DETAILS, lambda n: refusal("ServiceFailure", 500) if n > 2 else None), "ServiceFail"),
        (on(DETAILS, lambda _: Response("<html>hello</html>")), "cannot be read|something else"),
        (on(DETAILS, lambda _: Response("")), "cannot be read|something else"),
        (on(DETAILS, lambda _: Response("<GetAcc")), "cannot be read|something else"),
        (
            on(DETAILS, lambda _: answer(DETAILS, "<IsTruncated>true</IsTruncated>")),
            "a list without an end",
        ),
        (
            on(
                DETAILS,
                lambda _: answer(DETAILS, "<IsTruncated>true</IsTruncated><Marker>m</Marker>"),
            ),
            "a list without an end",
        ),
        (
            on(DETAILS, lambda _: answer(DETAILS, "<IsTruncated>false</IsTruncated>")),
            "nobody in it",
        ),
        (on(DETAILS, lambda _: answer(DETAILS, "<UserDetailList/>")), "something else"),
        (
            on("GenerateCredentialReport", lambda _: refusal("AccessDenied", 403)),
            "or set `credential_report: false`",
        ),
        (
            on("GetCredentialReport", lambda _: refusal("AccessDenied", 403)),
            "or set `credential_report: false`",
        ),
        (on("GetCredentialReport", lambda _: refusal("ReportExpired", 410)), "run again"),
        (on("GetCredentialReport", lambda _: Response("<html>")), "cannot be read|something else"),
        (on("GetCallerIdentity", lambda _: refusal("InvalidClientTokenId", 403)), "renew"),
        (on("GetCallerIdentity", lambda _: Response("<html/>")), "cannot be read|something else"),
    ],
)
def test_what_does_not_come_whole_fails_and_says_why(
    iam: Iam, tmp_path: Path, trouble: Trouble, words: str
) -> None:
    people(iam, 5)
    iam.page_size = 2
    iam.trouble = trouble

    with pytest.raises(SourceError, match=words) as raised:
        land(tmp_path)

    assert "canary" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert landed_of(tmp_path) == []


def test_a_page_that_comes_again_under_another_marker_fails(iam: Iam) -> None:
    people(iam, 1)
    user = f"<member><UserName>ada</UserName><Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn></member>"
    iam.trouble = on(
        DETAILS,
        lambda n: answer(
            DETAILS,
            f"<IsTruncated>true</IsTruncated><Marker>m{n}</Marker>"
            f"<UserDetailList>{user}</UserDetailList>",
        ),
    )

    with pytest.raises(SourceError, match="a list without an end"):
        read()


def test_throttling_that_passes_is_waited_for(iam: Iam, waits: list[float]) -> None:
    names = people(iam, 5)
    iam.page_size = 2
    iam.trouble = on(DETAILS, lambda n: refusal("Throttling", 400) if n in (2, 3) else None)

    found = rows(read(credential_report=False))["principals"]

    assert [row["name"] for row in found] == [*names, "audit"]
    assert len(waits) == 2


def test_one_account_that_fails_fails_all_of_them(iam: Iam, tmp_path: Path) -> None:
    roles = (role(ACCOUNT), role(OTHER))
    land(tmp_path, role_arns=roles)
    iam.trouble = on("AssumeRole", lambda n: refusal("AccessDenied", 403) if n > 1 else None)

    with pytest.raises(SourceError) as raised:
        land(tmp_path, role_arns=roles)

    assert str(raised.value) == (
        f"The role {role(OTHER)} is refused (403 AccessDenied: Refused for a test): let the role"
        " trust the credentials, and them assume it."
    )
    assert [name for name, _ in landed_of(tmp_path)] == ["audit", "audit"]


@pytest.mark.parametrize(
    ("setting", "options", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": None}, {}, "NoCredentialsError"),
        ({}, {"profile": "nobodys"}, r"profile \(nobodys\) could not be found.*correct region, p"),
        ({"AWS_PROFILE": "nobodys"}, {}, r"profile \(nobodys\) could not be found"),
        ({}, {"region": "not a region"}, "cannot be asked|cannot be read"),
    ],
)
def test_without_credentials_the_source_fails(
    iam: Iam,
    monkeypatch: pytest.MonkeyPatch,
    setting: dict[str, str | None],
    options: dict[str, Any],
    words: str,
) -> None:
    for name, value in setting.items():
        if value is None:
            monkeypatch.delenv(name)
        else:
            monkeypatch.setenv(name, value)

    with pytest.raises(SourceError, match=words):
        read(**options)


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
