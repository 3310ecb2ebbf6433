"""The page of a review in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import CHROMIUM, browsing

from oncall_audit.workspace import Workspace

from .conftest import audited

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

_ACCESSIBILITY = (Path(__file__).parents[2] / "accessibility.js").read_text(encoding="utf-8")


def test_everybody_can_read_a_review(site: Workspace, tmp_path: Path) -> None:
    page = next(it for it in audited(site) if it.suffix == ".html")
    with browsing(tmp_path / "profile") as browser:
        for width, scheme in ((1280, "light"), (390, "dark")):
            tab = browser.tab(width, 844, phone=width == 390, scheme=scheme)
            tab.open(page.as_uri())

            assert tab.evaluate(_ACCESSIBILITY) == []
            assert tab.evaluate("document.documentElement.scrollWidth") == width
            assert (tab.requests, tab.trouble) == ([page.as_uri()], [])
