"""Connectors are found by the names of their modules."""

from __future__ import annotations

import pytest

from oncall_audit import connectors
from oncall_audit.connectors.sshd import Sshd
from oncall_audit.errors import ConfigurationError

SHARED = {"base", "files", "http", "expressions", "postgresql_tables"}


def test_every_module_with_a_connector_is_one() -> None:
    names = set(connectors.names())

    assert {"aws_cloudtrail", "generic", "pagerduty", "postgresql", "sshd", "teleport"} <= names
    assert not names & SHARED


def test_a_connector_is_found_by_its_type() -> None:
    assert connectors.find("sshd") is Sshd


@pytest.mark.parametrize("name", ["http", "nothing", "os", "../base", ""])
def test_what_is_no_connector_is_refused_with_the_names_of_those_that_are(name: str) -> None:
    with pytest.raises(ConfigurationError, match="aws_cloudtrail"):
        connectors.find(name)


@pytest.mark.parametrize("name", connectors.names())
def test_tables_of_one_name_have_the_same_columns(name: str) -> None:
    tables = connectors.tables(name)

    assert tables
    for table in tables:
        others = [other for other in tables if other.name == table.name]
        assert len({tuple(sorted(other.columns)) for other in others}) == 1
