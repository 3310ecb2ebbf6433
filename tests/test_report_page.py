"""The demo's report in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from audits import Audited
from browser import CHROMIUM, browsing

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

_ACCESSIBILITY = Path(__file__).with_name("accessibility.js").read_text(encoding="utf-8")


def test_everybody_can_read_the_demo_on_a_phone_at_night(audited: Audited, tmp_path: Path) -> None:
    report = audited.workspace.publication / "report.html"
    with browsing(tmp_path) as browser:
        tab = browser.tab(390, 844, phone=True, scheme="dark")
        tab.open(report.resolve().as_uri())

        assert tab.evaluate(_ACCESSIBILITY) == []
        assert tab.evaluate("document.documentElement.scrollWidth") == 390
        assert (len(tab.requests), tab.trouble) == (1, [])
