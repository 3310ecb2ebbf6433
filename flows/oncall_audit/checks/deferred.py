"""Imports Great Expectations without the libraries that only its unused expectations need."""

from __future__ import annotations

import importlib
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

# Two of five seconds of import time: drawing and distributions, for expectations no suite has.
_UNUSED = ("altair", "scipy.stats")
# Great Expectations looks whether it could read from buckets, and does without.
_UNREACHED = ("boto3", "botocore")


class _Deferred(ModuleType):
    """Stands for a module until something asks for what is in it."""

    def __getattr__(self, name: str) -> Any:
        # Dunder names are asked by inspection of every loaded module, not by use.
        if name.startswith("__"):
            raise AttributeError(name)
        _withdraw(self)
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def quick_import() -> Iterator[None]:
    """Defer unused libraries while Great Expectations is imported, and keep it from calling out."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    absent = [name for name in _UNUSED if name not in sys.modules]
    deferred = [_Deferred(name) for name in absent]
    for module in deferred:
        module.__path__ = []
        sys.modules[module.__name__] = module
    hidden = [name for name in _UNREACHED if name not in sys.modules]
    # To import what is None there fails, as where it is not installed.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for module in deferred:
            _withdraw(module)
        for name in hidden:
            del sys.modules[name]


def _withdraw(module: ModuleType) -> None:
    if sys.modules.get(module.__name__) is module:
        del sys.modules[module.__name__]
