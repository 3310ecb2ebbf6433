"""Teleport: whose requests are approved and ended, and whose locks stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from controlled.system import unchanged

from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

Make = Callable[[str], Any]


def test_the_users_own_request_is_approved(make_system: Make) -> None:
    system, right = (
        make_system("teleport"),
        Right("teleport", "ada", "acme.example.com", "payments-admin"),
    )
    content = system.read()
    content["requests"]["r1"] = _request("r1", "ada", ["payments-admin"], 1)
    content["requests"]["r2"] = _request("r2", "ada", ["payments-admin", "search-admin"], 1)
    system.write(content)

    system.provider().grant(right, None)

    requests = system.read()["requests"]
    assert {name: it["spec"]["state"] for name, it in requests.items()} == {"r1": 2, "r2": 1}
    end = datetime(2999, 3, 2, 18, tzinfo=UTC)
    assert Held(right, end, "request:r1") in set(system.provider().held())


def test_an_ended_request_is_locked_until_it_would_have_ended(make_system: Make) -> None:
    system = make_system("teleport")
    content = system.read()
    content["requests"]["r1"] = _request("r1", "ada", ["payments-admin"], 2)
    system.write(content)

    system.provider().revoke(system.rights[0])

    (lock,) = system.read()["locks"].values()
    assert lock["spec"]["target"]["access_request"] == "r1"
    assert lock["spec"]["expires"] == "2999-03-02T18:00:00Z"
    assert system.read()["requests"] == {}


def test_what_broke_off_between_lock_and_removal_is_finished(make_system: Make) -> None:
    system = make_system("teleport")
    system.provider().grant(system.rights[0], None)
    with system.troubled("fails", 5), pytest.raises(ControlError):
        system.provider().revoke(system.rights[0])
    assert len(system.read()["locks"]) == 1
    assert len(system.read()["requests"]) == 1

    system.provider().revoke(system.rights[0])

    assert len(system.read()["locks"]) == 1
    assert system.read()["requests"] == {}


def test_teleport_takes_no_more_than_the_one_role(make_system: Make) -> None:
    system = make_system("teleport")
    content = system.read()
    content["requests"]["r1"] = _request("r1", "ada", ["payments-admin", "search-admin"], 2)
    system.write(content)

    unchanged(system, "revoke", system.rights[0], "Request r1 of ada gives more than the role")
    standing = Right("teleport", "cleo", "acme.example.com", "access")
    unchanged(system, "revoke", standing, "has the role access standing")


def test_a_lock_that_somebody_else_made_stays(make_system: Make) -> None:
    system, log_in = make_system("teleport"), Right("teleport", "ada", "acme.example.com", "login")
    content = system.read()
    spec = {"target": {"user": "ada", "access_request": ""}, "message": "Stolen laptop"}
    content["locks"]["l1"] = {"kind": "lock", "metadata": {"name": "l1"}, "spec": spec}
    system.write(content)

    assert log_in not in {held.right for held in system.provider().held()}
    unchanged(system, "grant", log_in, "locked by somebody else .lock l1.")
    system.provider().revoke(log_in)
    assert list(system.read()["locks"]) == ["l1"]


def test_a_lock_that_is_over_counts_no_more(make_system: Make) -> None:
    system, log_in = make_system("teleport"), Right("teleport", "ada", "acme.example.com", "login")
    content = system.read()
    spec = {"target": {"user": "ada"}, "message": "", "expires": "2020-01-01T00:00:00Z"}
    content["locks"]["l1"] = {"kind": "lock", "metadata": {"name": "l1"}, "spec": spec}
    system.write(content)

    assert log_in in {held.right for held in system.provider().held()}


def _request(name: str, person: str, roles: list[str], state: int) -> dict[str, Any]:
    spec = {
        "user": person,
        "roles": roles,
        "state": state,
        "access_expiry": "2999-03-02T18:00:00Z",
    }
    return {"kind": "access_request", "metadata": {"name": name}, "spec": spec}
