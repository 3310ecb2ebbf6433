"""The HTML report in a real browser, as its reader uses it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser, Tab, browsing
from pypdf import PdfReader

from oncall_audit.reports import render

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

_ACCESSIBILITY = (Path(__file__).parents[2] / "accessibility.js").read_text(encoding="utf-8")
_SHOWN = "[...document.querySelectorAll('.finding:not([hidden])')].map((node) => node.id)"
_FOCUS = "document.activeElement.name || document.activeElement.className"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def address(published: Path, tmp_path: Path) -> str:
    [path] = render(published, tmp_path, ["html"])
    return path.as_uri()


@pytest.fixture
def tab(browser: Browser, address: str) -> Tab:
    tab = browser.tab()
    tab.open(address)
    return tab


def _reach(tab: Tab, wanted: str, *, at_most: int = 60) -> None:
    """Press Tab until what is wanted has the focus."""
    for _ in range(at_most):
        tab.press("Tab")
        if tab.evaluate(_FOCUS) == wanted:
            return
    raise AssertionError(f"The keyboard does not reach {wanted}.")


def test_loads_nothing_and_complains_of_nothing(tab: Tab, address: str) -> None:
    assert (tab.requests, tab.trouble) == ([address], [])


def test_names_that_are_scripts_do_not_run(tab: Tab) -> None:
    assert "<script>alert(1)</script>" in tab.evaluate("document.body.innerText")
    assert tab.evaluate("document.querySelectorAll('script, img').length") == 1
    assert tab.trouble == []


def test_runs_no_script_but_its_own(tab: Tab) -> None:
    refused = tab.evaluate("""new Promise((done) => {
        addEventListener("securitypolicyviolation", (event) => done(event.effectiveDirective));
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.body.append(script);
    })""")

    assert refused == "script-src-elem"
    assert tab.evaluate("window.ran === undefined") is True


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_can_be_read_by_everybody_and_fits_the_screen(
    browser: Browser, address: str, scheme: str, width: int
) -> None:
    tab = browser.tab(width, 844, phone=width == 390, scheme=scheme)
    tab.open(address)

    assert tab.evaluate(_ACCESSIBILITY) == []
    assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_is_light_or_dark_as_the_reader_wishes(browser: Browser, address: str) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        tab = browser.tab(scheme=scheme)
        tab.open(address)
        grounds.add(tab.evaluate("getComputedStyle(document.body).backgroundColor"))

    assert grounds == {"rgb(246, 245, 242)", "rgb(19, 22, 27)"}


def test_the_first_screen_says_what_matters(tab: Tab) -> None:
    headings = tab.evaluate("""[...document.querySelectorAll("h1, h2")].filter((node) =>
        node.getBoundingClientRect().bottom < innerHeight).map((node) => node.innerText)""")

    assert headings[:5] == [
        "1 high finding needs a decision; 3 source hours not audited.",
        "What was tested",
        "What is not audited",
        "What changed",
        "Most urgent",
    ]


def test_the_keyboard_skips_to_the_findings(tab: Tab) -> None:
    tab.press("Tab")
    tab.press("Enter")

    assert tab.evaluate("location.hash") == "#findings"
    assert (
        tab.evaluate("Math.abs(document.querySelector('#findings').getBoundingClientRect().top)")
        < 100
    )


def test_the_keyboard_searches_and_filters(tab: Tab) -> None:
    assert tab.evaluate(_SHOWN) == ["finding-f-new", "finding-f-old"]

    _reach(tab, "severity")
    tab.press("ArrowDown")
    tab.press("ArrowDown")
    assert tab.evaluate(_SHOWN) == ["finding-f-new"]

    tab.press("Home")
    _reach(tab, "text")
    tab.write("SILENT")
    tab.until("document.querySelector('[role=status]').innerText === '1 of 3 findings shown'")
    assert tab.evaluate(_SHOWN) == ["finding-f-old"]

    tab.press("Tab")
    tab.press("Enter")
    tab.until("document.querySelector('[role=status]').innerText === '2 of 3 findings shown'")
    assert tab.evaluate(_SHOWN) == ["finding-f-new", "finding-f-old"]


def test_the_keyboard_opens_evidence(tab: Tab) -> None:
    tab.evaluate("document.querySelector('#finding-f-new summary').focus()")

    tab.press("Enter")

    shown = "document.querySelector('#finding-f-new').innerText"
    assert "nearest shift\nh1" in tab.evaluate(shown)
    assert "auth.log:2" in tab.evaluate(shown)


def test_a_link_leads_to_a_finding_that_the_filters_hide(browser: Browser, address: str) -> None:
    tab = browser.tab()

    tab.open(f"{address}#finding-f-done")

    assert tab.evaluate("document.querySelector('#finding-f-done').open") is True
    tab.until("document.activeElement.parentElement.id === 'finding-f-done'")
    assert "finding-f-done" in tab.evaluate(_SHOWN)


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ('[data-only-severity="high"]', ["finding-f-new"]),
        ('[data-only-state="new"]', ["finding-f-new"]),
        ('[data-only-service="payments"]', ["finding-f-new"]),
        ("[data-only-engineer]", ["finding-f-new"]),
    ],
)
def test_a_figure_leads_to_what_it_counts(tab: Tab, link: str, shown: list[str]) -> None:
    tab.evaluate("document.forms[0].elements.severity.value = 'low'")

    tab.evaluate(f"document.querySelector('{link}').click()")

    assert tab.evaluate(_SHOWN) == shown


def test_without_scripts_everything_is_there(browser: Browser, address: str) -> None:
    tab = browser.tab(scripts=False)
    tab.open(address)

    assert tab.evaluate("document.querySelector('.filters').checkVisibility()") is False
    assert tab.evaluate(_SHOWN) == ["finding-f-new", "finding-f-old", "finding-f-done"]
    tab.evaluate("document.querySelector('#finding-f-new summary').focus()")
    tab.press("Enter")
    assert tab.evaluate("document.querySelector('#finding-f-new').open") is True


def test_paper_has_the_findings_and_controls_and_nothing_to_click(tab: Tab, tmp_path: Path) -> None:
    printed = tab.pdf(tmp_path / "printed.pdf")

    text = "\n".join(page.extract_text() for page in PdfReader(printed).pages)
    assert "1 high finding needs a decision" in text
    assert "Use is monitored." in text
    assert "Skip to the findings" not in text
    assert "Reset" not in text
