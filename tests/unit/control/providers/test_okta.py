"""Groups of Okta: what is refused, and when Okta is asked again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from controlled.okta import OktaOrganisation
from controlled.over_http import said
from controlled.system import unchanged
from werkzeug import Request, Response

from oncall_audit.errors import ControlError

Make = Callable[[str], Any]


@pytest.fixture
def okta(make_system: Make) -> OktaOrganisation:
    return make_system("okta")  # type: ignore[no-any-return]


def test_okta_reads_the_named_groups_alone(okta: OktaOrganisation) -> None:
    okta.provider().grant(okta.rights[2], None)

    found = {held.right for held in okta.provider(groups=("payments-oncall-eu",)).held()}

    assert found == {okta.rights[2]}


def test_okta_does_not_read_a_group_that_is_not_there_as_empty(okta: OktaOrganisation) -> None:
    with pytest.raises(ControlError, match="no group payments-onkall"):
        list(okta.provider(groups=("payments-onkall",)).held())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"resource_name": "nothing"}, "no group or user nothing"),
        ({"account": "eve@example.com"}, "no group or user eve"),
        ({"account": "ada.abel"}, "another user than ada.abel"),
        ({"resource_name": "from-app"}, "Another system masters"),
        ({"permission": "owner"}, "is 'member', not 'owner'"),
    ],
)
def test_okta_grants_nothing_that_is_not_exactly_named(
    okta: OktaOrganisation, changed: dict[str, str], words: str
) -> None:
    unchanged(okta, "grant", replace(okta.rights[0], **changed), words)


def test_okta_does_not_choose_between_groups_of_one_name(okta: OktaOrganisation) -> None:
    okta.groups["00g1"]["profile"]["name"] = "payments-oncall"

    unchanged(okta, "grant", okta.rights[0], "2 groups of the name payments-oncall")


def test_a_404_that_is_not_oktas_own_is_no_answer(okta: OktaOrganisation) -> None:
    okta.provider().grant(okta.rights[0], None)
    okta.route = lambda request, parts: (  # type: ignore[method-assign]
        said({"message": "no such route"}, 404)
        if "users" in parts
        else OktaOrganisation.route(okta, request, parts)
    )

    unchanged(okta, "revoke", okta.rights[0], "no address there: check `url`")


def test_waits_as_long_as_okta_asks_and_then_does_it_once(
    okta: OktaOrganisation, waits: list[float]
) -> None:
    later = datetime.now(UTC).timestamp() + 7
    refusals = [Response(b"{}", 429, {"X-Rate-Limit-Reset": str(int(later))})]

    def route(request: Request, parts: list[str]) -> Response:
        if request.method == "PUT" and refusals:
            return refusals.pop()
        return OktaOrganisation.route(okta, request, parts)

    okta.route = route  # type: ignore[method-assign]
    okta.provider().grant(okta.rights[0], None)

    assert okta.rights[0] in okta.state()
    assert len(waits) == 1
    assert 4 < waits[0] <= 7.5


def test_a_change_is_not_sent_again_when_its_outcome_is_unknown(okta: OktaOrganisation) -> None:
    def route(request: Request, parts: list[str]) -> Response:
        if request.method == "PUT":
            return Response(b"", 503, {"Retry-After": "1"})
        return OktaOrganisation.route(okta, request, parts)

    okta.route = route  # type: ignore[method-assign]

    unchanged(okta, "grant", okta.rights[0], r"\(503\).*Whether it was done is not known")
    assert [method for method, _ in okta.requests].count("PUT") == 1


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/api/v1/groups?after=2", "https://evil.example"]
)
def test_a_list_that_goes_on_elsewhere_is_not_followed(okta: OktaOrganisation, target: str) -> None:
    def route(request: Request, parts: list[str]) -> Response:
        answer = OktaOrganisation.route(okta, request, parts)
        answer.headers["Link"] = f'<{target}>; rel="next"'
        return answer

    okta.route = route  # type: ignore[method-assign]

    with pytest.raises(ControlError, match="continues its list elsewhere"):
        list(okta.provider().held())


def test_a_change_is_not_sent_where_it_is_redirected_to(okta: OktaOrganisation) -> None:
    def route(request: Request, parts: list[str]) -> Response:
        if request.method == "PUT":
            return Response(b"", 307, {"Location": f"{okta.url}/elsewhere"})
        return OktaOrganisation.route(okta, request, parts)

    okta.route = route  # type: ignore[method-assign]

    unchanged(okta, "grant", okta.rights[0], r"redirects elsewhere \(307\)")
    assert not [path for _, path in okta.requests if "elsewhere" in path]
