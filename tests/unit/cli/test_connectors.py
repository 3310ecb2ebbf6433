from __future__ import annotations

import json

import pytest

from oncall_audit import connectors
from oncall_audit.__main__ import main


def test_lists_every_connector_with_what_it_tells(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["connectors", "list", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert [it["type"] for it in found] == sorted(connectors.names())
    assert all(it["summary"].endswith(".") for it in found)


def test_shows_the_options_of_a_connector_and_how_to_give_its_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["connectors", "show", "pagerduty"])

    told = capsys.readouterr().out
    assert (status, told.startswith("# pagerduty\n")) == (0, True)
    assert "- `token`: a secret, as ${NAME}, optional" in told
    assert "- `url`: str, default https://api.pagerduty.com" in told
    assert "- `pagerduty__schedule_entries`" in told


def test_an_unknown_connector_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["connectors", "show", "pagerdty"])

    assert status == 2
    assert "Did you mean 'pagerduty'? Known: " in capsys.readouterr().err
