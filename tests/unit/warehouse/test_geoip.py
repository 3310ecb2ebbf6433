"""A site's own MaxMind files tell where addresses are, and what they do not tell stays unknown."""

from __future__ import annotations

from pathlib import Path

import duckdb
import mmdb
import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.settings import load
from oncall_audit.warehouse.geoip import FUNCTION, Plugin, lookup
from oncall_audit.workspace import Workspace

BERLIN = {"country": {"iso_code": "DE"}, "location": {"latitude": 52.5, "longitude": 13.4}}
NOWHERE = {"country": None, "latitude": None, "longitude": None, "asn": None}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    mmdb.write(tmp_path / "city.mmdb", {"192.0.2.0/24": BERLIN, "2001:db8::/32": {"country": "FR"}})
    mmdb.write(
        tmp_path / "asn.mmdb",
        {"192.0.0.0/16": {"autonomous_system_number": 64500}, "2001:db8::/32": {"asn": "AS64501"}},
    )
    return [str(tmp_path / name) for name in ("city.mmdb", "asn.mmdb")]


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", {"country": "DE", "latitude": 52.5, "longitude": 13.4, "asn": 64500}),
        ("192.0.9.7", NOWHERE | {"asn": 64500}),
        ("2001:db8::7", NOWHERE | {"country": "FR", "asn": 64501}),
        ("198.51.100.1", NOWHERE),
    ],
)
def test_each_file_adds_what_it_knows(
    files: list[str], address: str, place: dict[str, object]
) -> None:
    assert lookup(files)(address) == place


def test_the_models_can_ask_for_the_place_of_an_address(files: list[str]) -> None:
    paths = "[" + ", ".join(f'"{file}"' for file in files) + "]"
    connection = duckdb.connect()

    Plugin("geoip", {"files": paths}).configure_connection(connection)

    found = connection.execute(f"select ({FUNCTION}('192.0.2.7')).country").fetchall()
    assert found == [("DE",)]


def test_without_files_there_is_no_such_function() -> None:
    connection = duckdb.connect()

    Plugin("geoip", {"files": "[]"}).configure_connection(connection)

    with pytest.raises(duckdb.CatalogException):
        connection.execute(f"select {FUNCTION}('192.0.2.7')")


def test_a_file_that_is_none_is_refused_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.mmdb").write_text("no such thing")
    workspace = Workspace(tmp_path)
    workspace.config.write_text("organisation: Example\ngeoip:\n  - bad.mmdb\n  - absent.mmdb\n")

    with pytest.raises(ConfigurationError) as refused:
        load(workspace)

    bad, absent = str(refused.value).splitlines()
    assert bad.startswith("oncall-audit.yml:3: geoip[0]: ")
    assert "cannot be read as a MaxMind file" in bad
    assert absent.startswith("oncall-audit.yml:4: geoip[1]: there is no file")
