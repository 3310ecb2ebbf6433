"""Where addresses are by the site's own MaxMind files, as a function that the models call."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FUNCTION = "located_by_file"
_PLACE = "STRUCT(country VARCHAR, latitude DOUBLE, longitude DOUBLE, asn BIGINT)"

Place = dict[str, Any]


class Plugin(BasePlugin):
    """Gives dbt's connections the function; without files it reads and imports nothing."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Take the files, a JSON list of paths, from the profile."""
        self.files: list[str] = json.loads(plugin_config["files"])

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Add the function where `geoip` names files."""
        if self.files:
            conn.create_function(FUNCTION, lookup(self.files), ["VARCHAR"], _PLACE)


def lookup(paths: list[str]) -> Callable[[str], Place]:
    """Return what tells the place of an address; the first file that knows a part of it wins."""
    import maxminddb

    readers = [maxminddb.open_database(path) for path in paths]

    def place(address: str) -> Place:
        found: Place = dict.fromkeys(("country", "latitude", "longitude", "asn"))
        for reader in readers:
            # A file of IPv4 alone refuses an IPv6 address.
            if ":" not in address or reader.metadata().ip_version == 6:
                told = _told(reader.get(address))
                found |= {name: value for name, value in told.items() if found[name] is None}
        return found

    return place


def _told(record: Any) -> Place:
    if not isinstance(record, Mapping):
        return {}
    country, location = record.get("country"), record.get("location")
    told = {
        "country": country.get("iso_code") if isinstance(country, Mapping) else country,
        "asn": _number(record.get("autonomous_system_number") or record.get("asn")),
    }
    if isinstance(location, Mapping) and None not in (
        location.get("latitude"),
        location.get("longitude"),
    ):
        told |= {name: float(location[name]) for name in ("latitude", "longitude")}
    return told


def _number(asn: object) -> int | None:
    digits = str(asn or "").upper().removeprefix("AS")
    return int(digits) if digits.isdigit() else None
