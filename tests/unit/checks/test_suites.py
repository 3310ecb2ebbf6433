from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from oncall_audit.assets import asset
from oncall_audit.checks import Expectation, Suite, load_suites
from oncall_audit.errors import ConfigurationError

_SUITE = {
    "schema": "audit",
    "table": "shifts",
    "keys": ["shift_id"],
    "days": "started_at",
    "expectations": [
        {
            "type": "expect_column_values_to_be_unique",
            "kwargs": {"column": "shift_id"},
            "severity": "blocking",
            "meta": {"why": "A session points at its shift by this key."},
        }
    ],
}


def _write(folder: Path, suite: object) -> Path:
    (folder / "shifts.yml").write_text(yaml.safe_dump(suite))
    return folder


def test_reads_a_suite(tmp_path: Path) -> None:
    assert load_suites(_write(tmp_path, _SUITE)) == (
        Suite(
            schema="audit",
            table="shifts",
            keys=("shift_id",),
            days="started_at",
            expectations=(
                Expectation(
                    type="expect_column_values_to_be_unique",
                    kwargs={"column": "shift_id"},
                    severity="blocking",
                    why="A session points at its shift by this key.",
                    description="shift_id is unique",
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expectations": [{**_SUITE["expectations"][0], "meta": {}}]}, "lacks meta.why, the reason for it."),
        ({"expectations": [{**_SUITE["expectations"][0], "severity": "fatal"}]}, "severity is blocking or warning."),
        ({"expectations": [{"type": "x"}]}, "each expectation has kwargs, meta, severity, type."),
        ({"table": "other"}, "table should be shifts, as the file is called."),
        ({"more": 1}, "a suite has days, expectations, keys, schema, table; days may lack."),
    ],
)  # fmt: skip
def test_refuses_a_suite_that_is_not_readable(
    tmp_path: Path, change: dict[str, object], message: str
) -> None:
    folder = _write(tmp_path, {**_SUITE, **change})

    with pytest.raises(ConfigurationError) as caught:
        load_suites(folder)

    assert str(caught.value).startswith(f"{folder / 'shifts.yml'}: ")
    assert str(caught.value).endswith(message)


@pytest.mark.parametrize(
    "path", sorted(asset("expectations").glob("*.yml")), ids=lambda path: path.stem
)
def test_every_expectation_says_what_it_expects_and_why(path: Path) -> None:
    [suite] = [suite for suite in load_suites() if suite.table == path.stem]

    assert suite.keys
    assert suite.expectations
    for expectation in suite.expectations:
        assert expectation.why.endswith(".")
        # What has no words of its own would be shown by its technical name.
        assert expectation.description != expectation.type.removeprefix("expect_").replace("_", " ")
