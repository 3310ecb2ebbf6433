"""One `serve` a workspace, and where it is reached for as long as it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.pipeline import served
from oncall_audit.pipeline.start import through_prefect
from oncall_audit.workspace import Workspace

URL = "http://127.0.0.1:4300/api"


def test_the_address_is_known_while_it_is_served(tmp_path: Path) -> None:
    workspace, known = Workspace(tmp_path), []

    known.append(served.address(workspace))
    with served.alone(workspace) as announce:
        known.append(served.address(workspace))
        announce(URL)
        known.append(served.address(workspace))
    known.append(served.address(workspace))

    assert known == [None, None, URL, None]


def test_an_address_that_was_left_behind_does_not_count(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.data.mkdir()
    workspace.serve_lock.write_text(f'{{"pid": 1, "url": "{URL}"}}')

    assert served.address(workspace) is None


def test_a_second_one_is_refused_by_name(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    with served.alone(workspace) as announce:
        announce(URL)
        with (
            pytest.raises(ConfigurationError, match=r"runs already on .*, as process \d+ at http"),
            served.alone(workspace),
        ):
            pass


def test_a_run_goes_on_alone_where_the_served_address_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "")
    workspace, told = Workspace(tmp_path), []

    with served.alone(workspace) as announce:
        announce("http://127.0.0.1:9/api")
        went = through_prefect(workspace, report=lambda *said: told.append(said))

    assert (went, told) == (
        False, [("start", "the Prefect server does not answer; going on in this process")],
    )  # fmt: skip
