"""One module a system; a connector is found by its module's name, nothing is registered."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from oncall_audit.connectors.base import Connector, Table
from oncall_audit.errors import ConfigurationError


@cache
def names() -> tuple[str, ...]:
    """Return the type of every connector, sorted."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(name for name in found if _connector(name))


def find(name: str) -> type[Connector]:
    """Return the connector of this type."""
    known = {module.name for module in pkgutil.iter_modules(__path__)}
    connector = _connector(name) if name in known else None
    if connector is None:
        raise ConfigurationError(
            f"There is no connector of type {name}: use one of {', '.join(names())}."
        )
    return connector


def tables(name: str) -> tuple[Table, ...]:
    """Return what a connector of this type can land, whatever its options."""
    connector = find(name)
    declared = connector.tables
    if not isinstance(declared, tuple):
        # A property: only the options tell the expressions, but the columns are always the same.
        declared = connector.shapes  # type: ignore[attr-defined]
    found: tuple[Table, ...] = declared
    return found


@cache
def _connector(name: str) -> type[Connector] | None:
    module = import_module(f"{__name__}.{name}")
    return next(
        (
            member
            for member in vars(module).values()
            if isinstance(member, type)
            and member.__module__ == module.__name__
            and hasattr(member, "read")
            and hasattr(member, "tables")
            and not getattr(member, "_is_protocol", False)
        ),
        None,
    )
