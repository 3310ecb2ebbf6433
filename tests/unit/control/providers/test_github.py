"""Teams of GitHub: roles, invitations, and what a 404 does not mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from controlled.github import GitHubOrganisation
from controlled.system import unchanged
from werkzeug import Request, Response

from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

Make = Callable[[str], Any]


@pytest.fixture
def github(make_system: Make) -> GitHubOrganisation:
    return make_system("github")  # type: ignore[no-any-return]


def test_a_maintainer_is_a_member_and_becomes_one_again(github: GitHubOrganisation) -> None:
    member = Right("github", "cleo-curt", "acme/payments", "member")
    maintainer = replace(member, permission="maintainer")

    github.provider().grant(maintainer, None)
    assert {held.right for held in github.provider().held()} == {member, maintainer}
    github.provider().grant(member, None)
    assert github.state() == {member, maintainer}

    unchanged(github, "revoke", member, "revoke 'maintainer' first")

    github.provider().revoke(maintainer)
    assert github.state() == {member}


def test_who_was_invited_counts_and_the_invitation_is_withdrawn(
    github: GitHubOrganisation,
) -> None:
    right = Right("github", "dora-dahl", "acme/search", "member")

    github.provider().grant(right, None)
    held = [it for it in github.provider().held() if it.right == right]
    github.provider().revoke(right)

    assert held == [Held(right, None, "invitation")]
    assert github.invited["search"] == {}


def test_a_team_that_cannot_be_seen_is_not_one_without_members(
    github: GitHubOrganisation,
) -> None:
    github.hidden = True

    unchanged(github, "revoke", github.rights[0], "shows this token no team acme/payments")


def test_an_owner_stays_a_maintainer_and_that_is_said(github: GitHubOrganisation) -> None:
    github.owners = {"ada-abel"}

    with pytest.raises(ControlError, match="keeps ada-abel as maintainer"):
        github.provider().grant(github.rights[0], None)


@pytest.mark.parametrize(
    "changed",
    [{"resource_name": "other/payments"}, {"resource_name": "acme"}, {"permission": "admin"}],
)
def test_github_grants_nothing_elsewhere(
    github: GitHubOrganisation, changed: dict[str, str]
) -> None:
    unchanged(github, "grant", replace(github.rights[0], **changed), "A right at GitHub is")


def test_too_many_requests_are_no_refusal(github: GitHubOrganisation, waits: list[float]) -> None:
    limited = [Response(b"{}", 403, {"X-RateLimit-Remaining": "0", "Retry-After": "9"})]

    def route(request: Request, parts: list[str]) -> Response:
        if request.method == "PUT" and limited:
            return limited.pop()
        return GitHubOrganisation.route(github, request, parts)

    github.route = route  # type: ignore[method-assign]
    github.provider().grant(github.rights[0], None)

    assert github.rights[0] in github.state()
    assert waits == [9.5]
