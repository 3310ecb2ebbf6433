from __future__ import annotations

import sys

import pytest

from oncall_audit.checks.deferred import quick_import


def test_a_deferred_library_is_loaded_when_it_is_used() -> None:
    saved = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "altair"}
    for name in saved:
        del sys.modules[name]
    try:
        with quick_import():
            import altair as alt

            assert not hasattr(alt, "__version__")
            assert alt.Chart.__name__ == "Chart"
    finally:
        sys.modules.update(saved)


def test_leaves_nothing_behind_that_was_not_used() -> None:
    before = set(sys.modules)

    with quick_import():
        pass

    assert set(sys.modules) == before


def test_a_library_that_is_hidden_is_there_afterwards() -> None:
    saved = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "boto3"}
    for name in saved:
        del sys.modules[name]
    try:
        with quick_import(), pytest.raises(ImportError):
            import boto3
        import boto3

        assert boto3.__version__
    finally:
        sys.modules.update(saved)
