"""Megabytes of the HTML report at 10,000 findings and 500,000 sessions, and what Chromium needs to open and filter it.

python benchmarks/page.py /tmp/bench-page
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import reports

from oncall_audit.reports import render

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from browser import Tab, browsing

SEARCH = """(() => {
    const began = performance.now();
    const form = document.forms[0];
    form.elements.text.value = "resource-7";
    form.elements.severity.value = "critical";
    form.elements.severity.dispatchEvent(new Event("input", { bubbles: true }));
    document.body.getBoundingClientRect();
    return performance.now() - began;
})()"""


def main() -> None:
    """Make the tables, write the page, and print what it weighs and how long it takes."""
    folder = Path(sys.argv[1])
    reports.make(folder / "audit.duckdb", 10_000, 500_000)
    [page] = render(folder / "audit.duckdb", folder / "out", ["html"])
    print(f"{page.stat().st_size / 1e6:.1f} MB")
    with browsing(folder / "profile") as browser:
        for label, size in {"laptop": (1280, 800), "phone": (390, 844)}.items():
            print(label, _measured(browser.tab(*size), page))


def _measured(tab: Tab, page: Path) -> str:
    began = time.perf_counter()
    tab.open(page.resolve().as_uri())
    opened = time.perf_counter() - began
    first, again = tab.evaluate(SEARCH), tab.evaluate(SEARCH)
    shown = tab.evaluate("document.querySelector('[role=status]').innerText")
    return f"opened in {opened:.2f} s, searched in {first:.0f} ms, then {again:.0f} ms: {shown}"


if __name__ == "__main__":
    main()
