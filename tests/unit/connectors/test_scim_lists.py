"""A list of people comes whole, however the server pages it, or the source fails."""

from __future__ import annotations

from typing import Any

import pytest
from asked_scim import read
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from servers import scim as vendor
from servers.scim import ScimServer, user

from oncall_audit.errors import SourceError


@given(people=st.integers(0, 30), largest=st.integers(1, 12))
@settings(max_examples=25, deadline=None)
def test_everybody_is_read_once_however_few_a_page_holds(people: int, largest: int) -> None:
    with HTTPServer() as server:
        directory = vendor.serve(server)
        directory.users = [user(f"u-{n:03}", f"ada{n}@example.com") for n in range(people)]
        directory.largest_page = largest

        assert directory.found(read(directory)) == [it["id"] for it in directory.users]


def repeats(document: dict[str, Any], _start: int) -> dict[str, Any]:
    return {**document, "Resources": [user("u-1", "ada@example.com")]}


def grows(document: dict[str, Any], start: int) -> dict[str, Any]:
    return {**document, "totalResults": document["totalResults"] + start - 1}


def promises_more(document: dict[str, Any], _start: int) -> dict[str, Any]:
    return {**document, "totalResults": 5}


def gives_more(document: dict[str, Any], _start: int) -> dict[str, Any]:
    return {**document, "totalResults": 1}


def leaves_out(document: dict[str, Any], _start: int) -> dict[str, Any]:
    return {name: it for name, it in document.items() if name != "Resources"}


@pytest.mark.parametrize(
    ("amended", "largest", "problem"),
    [
        (repeats, 1, "gave u-1 twice"),
        (grows, 2, "had 3 entries and then 5"),
        (promises_more, 10, "gave 3 of 5 entries"),
        (gives_more, 10, "gave 3 of 1 entries"),
        (leaves_out, 10, "gave 0 of 3 entries"),
    ],
)
def test_a_list_that_does_not_come_whole_is_an_error(
    directory: ScimServer, amended: Any, largest: int, problem: str
) -> None:
    directory.amended, directory.largest_page = amended, largest

    with pytest.raises(SourceError, match=problem):
        read(directory)


@pytest.mark.parametrize("amended", ["gives what it has left as the total", "gives the same again"])
def test_a_list_that_is_cut_and_said_to_be_whole_is_an_error(
    directory: ScimServer, amended: str
) -> None:
    directory.fill(2)
    first = directory.users[:100]

    def cut(document: dict[str, Any], _start: int) -> dict[str, Any]:
        found = first if amended == "gives the same again" else document["Resources"]
        return {**document, "totalResults": len(found), "Resources": found}

    directory.amended = cut

    with pytest.raises(SourceError, match="says that 100 entries are all, and has more"):
        read(directory)


def test_a_server_that_gives_everybody_whatever_is_asked_is_read_once(
    directory: ScimServer,
) -> None:
    directory.users = [user(f"u-{n}", f"ada{n}@example.com") for n in range(10)]
    everybody = directory.users
    directory.amended = lambda document, _start: {**document, "Resources": everybody}

    assert directory.found(read(directory)) == [it["id"] for it in everybody]


def test_somebody_who_is_taken_out_meanwhile_is_no_reason_to_leave_another_out(
    directory: ScimServer,
) -> None:
    directory.largest_page = 1

    def leave(_number: int, request: Any) -> None:
        if request.args["startIndex"] == "2":
            directory.users = directory.users[1:]

    directory.trouble = leave

    with pytest.raises(SourceError, match="had 3 entries and then 2"):
        read(directory)
