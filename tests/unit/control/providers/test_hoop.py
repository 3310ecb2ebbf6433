"""Groups of hoop: only those that give one connection are used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from controlled.hoop import HoopGateway
from controlled.system import unchanged

from oncall_audit.control.model import Right
from oncall_audit.errors import ControlError

Make = Callable[[str], Any]


@pytest.fixture
def hoop(make_system: Make) -> HoopGateway:
    return make_system("hoop")  # type: ignore[no-any-return]


def test_hoop_keeps_everything_else_of_the_user(hoop: HoopGateway) -> None:
    before = dict(hoop.users["sub|ben"])

    hoop.provider().grant(hoop.rights[1], None)

    assert hoop.users["sub|ben"] == {**before, "groups": ["designers", "payments-oncall"]}


def test_hoop_never_takes_a_group_that_reaches_more(hoop: HoopGateway) -> None:
    hoop.users["sub|ben"]["groups"] = ["database-admins"]
    unchanged(
        hoop, "revoke", hoop.rights[1], "database-admins gives payments-db and also search-db"
    )

    assert hoop.config is not None
    hoop.config["payments-db"] = ["database-admins"]
    unchanged(hoop, "grant", hoop.rights[0], "No group gives payments-db alone")


def test_hoop_refuses_to_take_a_connection_from_an_administrator(hoop: HoopGateway) -> None:
    of_dora = Right("hoop", "dora@example.com", "payments-db", "connect")

    unchanged(hoop, "revoke", of_dora, "Group admin gives payments-db and also search-db")


def test_without_access_control_hoop_is_not_read_as_closed(hoop: HoopGateway) -> None:
    hoop.config = None

    with pytest.raises(ControlError, match="every user reaches every connection"):
        list(hoop.provider().held())
