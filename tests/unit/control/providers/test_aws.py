"""AWS: groups that give one policy, and assignments that take their time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from controlled.aws import ACCOUNT, IamAccount, IdentityCenter
from controlled.system import unchanged

from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ConfigurationError, ControlError

Make = Callable[[str], Any]


@pytest.fixture
def iam(make_system: Make) -> IamAccount:
    return make_system("aws_iam")  # type: ignore[no-any-return]


@pytest.fixture
def center(make_system: Make) -> IdentityCenter:
    return make_system("aws_identity_center")  # type: ignore[no-any-return]


def test_iam_holds_what_the_source_reads(iam: IamAccount) -> None:
    iam.iam.add_user_to_group(GroupName="all", UserName="ada")
    iam.iam.attach_user_policy(UserName="ada", PolicyArn=iam.arns["SearchRead"])

    found = {
        (it.right.account, it.right.permission, it.granted_via) for it in iam.provider().held()
    }

    assert found == {
        ("ada", "SearchRead", "direct"),
        ("ada", "PaymentsRead", "group:all"),
        ("ada", "SearchRead", "group:all"),
        ("ben", "inline:Own", "direct"),
        ("cleo", "PaymentsRead", "group:payments"),
    }


def test_iam_detaches_a_policy_from_the_user_and_leaves_the_group(iam: IamAccount) -> None:
    right = iam.rights[0]
    iam.iam.attach_user_policy(UserName="ada", PolicyArn=iam.arns["PaymentsRead"])
    iam.provider().grant(right, None)
    before = iam.state()

    iam.provider().revoke(right)

    assert iam.state() == before - {right}


def test_iam_takes_no_group_that_gives_more_and_no_text_of_a_policy(iam: IamAccount) -> None:
    iam.iam.add_user_to_group(GroupName="all", UserName="ada")
    unchanged(iam, "revoke", iam.rights[0], "Group all gives PaymentsRead and also SearchRead")
    inline = Right("aws", "ben", ACCOUNT, "inline:Own")
    unchanged(iam, "revoke", inline, "would be lost")
    nothing = Right("aws", "ben", ACCOUNT, "Nothing")
    unchanged(iam, "grant", nothing, "No group gives Nothing alone")


def test_iam_changes_its_own_account_alone(iam: IamAccount) -> None:
    elsewhere = replace(iam.rights[0], resource_name="999999999999")

    unchanged(iam, "grant", elsewhere, f"those of AWS account {ACCOUNT}")
    unchanged(iam, "revoke", elsewhere, f"those of AWS account {ACCOUNT}")


def test_half_a_key_is_refused() -> None:
    from oncall_audit.control.providers.aws_iam import AwsIam

    with pytest.raises(ConfigurationError, match="both `access_key_id` and `access_key_secret`"):
        AwsIam(access_key_id="AKIAEXAMPLE")


@pytest.mark.parametrize("verb", ["grant", "revoke"])
def test_identity_center_waits_until_it_is_done(
    center: IdentityCenter, waits: list[float], verb: str
) -> None:
    right = center.rights[0]
    if verb == "revoke":
        center.provider().grant(right, None)
    center.slow = 3

    getattr(center.provider(), verb)(right, *([None] if verb == "grant" else []))

    assert (right in center.state()) == (verb == "grant")
    assert waits == [3.0] * 3


def test_identity_center_does_not_wait_for_ever(
    center: IdentityCenter, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncall_audit.control.aws._POLLS", 4)
    center.slow = 100

    with pytest.raises(ControlError, match=r"still at it after .* minutes.*apply again"):
        center.provider().grant(center.rights[0], None)

    assert waits == [3.0] * 4


def test_what_identity_center_could_not_do_is_told(center: IdentityCenter) -> None:
    center.outcome, center.slow = "FAILED", 1

    with pytest.raises(ControlError, match="could not do it: the account is suspended"):
        center.provider().grant(center.rights[0], None)


def test_a_right_by_a_group_is_held_and_not_taken(center: IdentityCenter) -> None:
    of_cleo = Right("aws_identity_center", "cleo@example.com", ACCOUNT, "PaymentsAdmin")

    assert [it for it in center.provider().held() if it.right == of_cleo] == [
        Held(of_cleo, None, "group:admins")
    ]
    unchanged(center, "revoke", of_cleo, "still has PaymentsAdmin .* by group:admins")
