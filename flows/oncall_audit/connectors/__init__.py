"""One module a system; a connector is found by its module's name, nothing is registered."""

from __future__ import annotations

from oncall_audit import family
from oncall_audit.connectors.base import Connector, Table

_METHODS = ("read", "tables")


def names() -> tuple[str, ...]:
    """Return the type of every connector, sorted."""
    return family.names(__name__, _METHODS)


def find(name: str) -> type[Connector]:
    """Return the connector of this type; raise `ConfigurationError` where there is none."""
    return family.find(__name__, _METHODS, name, "connector")


def tables(name: str) -> tuple[Table, ...]:
    """Return what a connector of this type can land, whatever its options."""
    connector = find(name)
    declared = connector.tables
    if not isinstance(declared, tuple):
        # A property: only the options tell the expressions, but the columns are always the same.
        declared = connector.shapes  # type: ignore[attr-defined]
    found: tuple[Table, ...] = declared
    return found
