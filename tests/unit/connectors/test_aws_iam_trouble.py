"""Where AWS does not tell all, nothing of it lands, and the source says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asked_aws_iam import DETAILS, Trouble, land, landed_of, on, people, read, rows
from servers.aws_iam import ACCOUNT, OTHER, Iam, answer, refusal, role
from werkzeug import Response

from oncall_audit.errors import SourceError


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
