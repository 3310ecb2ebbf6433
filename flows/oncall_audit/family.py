"""Finds the members of a family (connectors, providers) by their modules: nothing is registered."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import Any

from oncall_audit.errors import ConfigurationError


@cache
def names(package: str, methods: tuple[str, ...]) -> tuple[str, ...]:
    """Return the name of each module of `package` with a class that has all `methods`, sorted."""
    return tuple(name for name in sorted(_modules(package)) if _member(package, name, methods))


def find(package: str, methods: tuple[str, ...], name: str, word: str) -> type[Any]:
    """Return that class of the module `name`; raise `ConfigurationError` where there is none."""
    member = _member(package, name, methods) if name in _modules(package) else None
    if member is None:
        known = ", ".join(names(package, methods))
        raise ConfigurationError(f"There is no {word} of type {name}: use one of {known}.")
    return member


def _modules(package: str) -> Iterable[str]:
    return {module.name for module in pkgutil.iter_modules(import_module(package).__path__)}


@cache
def _member(package: str, name: str, methods: tuple[str, ...]) -> type[Any] | None:
    module = import_module(f"{package}.{name}")
    return next(
        (
            member
            for member in vars(module).values()
            if isinstance(member, type)
            and member.__module__ == module.__name__
            and all(hasattr(member, method) for method in methods)
            and not getattr(member, "_is_protocol", False)
        ),
        None,
    )
