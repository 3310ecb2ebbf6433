"""One module a system; a provider is found by its module's name, nothing is registered."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from oncall_audit.control.providers.base import Provider
from oncall_audit.errors import ConfigurationError


@cache
def names() -> tuple[str, ...]:
    """Return the type of every provider, sorted."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(name for name in found if _provider(name))


def find(name: str) -> type[Provider]:
    """Return the provider of this type; raise `ConfigurationError` where there is none."""
    known = {module.name for module in pkgutil.iter_modules(__path__)}
    provider = _provider(name) if name in known else None
    if provider is None:
        raise ConfigurationError(
            f"There is no provider of type {name}: use one of {', '.join(names())}."
        )
    return provider


@cache
def _provider(name: str) -> type[Provider] | None:
    module = import_module(f"{__name__}.{name}")
    return next(
        (
            member
            for member in vars(module).values()
            if isinstance(member, type)
            and member.__module__ == module.__name__
            and hasattr(member, "held")
            and hasattr(member, "revoke")
            and not getattr(member, "_is_protocol", False)
        ),
        None,
    )
