"""One module a system; a connector is found by its module's name, nothing is registered.

Those of other packages are found by their entry points in the group `oncall_audit.connectors`.
"""

from __future__ import annotations

import inspect
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from oncall_audit import family
from oncall_audit.connectors.base import Connector, Table
from oncall_audit.errors import ConfigurationError

GROUP = __name__
_METHODS = ("read", "tables")


def names() -> tuple[str, ...]:
    """Return the type of every connector, sorted."""
    return tuple(sorted({*family.names(__name__, _METHODS), *_plugged_in()}))


def find(name: str) -> type[Connector]:
    """Return the connector of this type; raise `ConfigurationError` where there is none."""
    ours = family.names(__name__, _METHODS)
    if name in ours or name not in _plugged_in():
        return family.find(__name__, _METHODS, name, "connector")
    return _loaded(_plugged_in()[name])


def tables(name: str) -> tuple[Table, ...]:
    """Return what a connector of this type can land, whatever its options."""
    connector = find(name)
    declared = connector.tables
    if not isinstance(declared, tuple):
        # A property: only the options tell the expressions, but the columns are always the same.
        declared = connector.shapes  # type: ignore[attr-defined]
    found: tuple[Table, ...] = declared
    return found


def type_of(connector: type) -> str:
    """Return the type of a connector's class: its module's name, or that of its entry point."""
    if not connector.__module__.startswith(f"{__name__}."):
        for name, point in _plugged_in().items():
            if _loaded(point) is connector:
                return name
    return connector.__module__.rpartition(".")[2]


def models() -> dict[str, Path]:
    """Return the folder `models` beside each plug-in's module that has one, by type."""
    ours = family.names(__name__, _METHODS)
    folders = {
        name: Path(inspect.getfile(find(name))).with_name("models")
        for name in _plugged_in()
        if name not in ours
    }
    return {name: folder for name, folder in folders.items() if folder.is_dir()}


@cache
def _plugged_in() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


@cache
def _loaded(point: EntryPoint) -> type[Connector]:
    package = point.dist.name if point.dist else point.value
    try:
        found: Any = point.load()
    except Exception as error:
        raise ConfigurationError(
            f"The connector {point.name} of the package {package} cannot be loaded"
            f" ({type(error).__name__}: {error}): update or remove the package."
        ) from error
    if not isinstance(found, type) or not all(hasattr(found, method) for method in _METHODS):
        raise ConfigurationError(
            f"The entry point {point.name} of the package {package} is no connector:"
            " it has to name a class with `read` and `tables`. Update or remove the package."
        )
    return found
