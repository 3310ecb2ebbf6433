from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest

from oncall_audit.reports import render

_OURS = Path(__file__).parents[3] / "flows" / "oncall_audit" / "reports" / "templates"


class _Page(HTMLParser):
    """Collects what a browser could act on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.texts: dict[str, str] = {}
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._open = tag
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts[self._open] = self.texts.get(self._open, "") + data

    def values(self, attribute: str) -> list[str]:
        return [value for _, name, value in self.attributes if name == attribute]


def _page(database: Path, folder: Path) -> tuple[str, _Page]:
    [path] = render(database, folder, ["html"])
    html = path.read_text(encoding="utf-8")
    return html, _Page(html)


def test_hostile_names_do_nothing(published: Path, tmp_path: Path) -> None:
    html, page = _page(published, tmp_path)

    assert page.tags.count("script") == 1
    assert page.texts["script"].strip() == (_OURS / "report.js").read_text(encoding="utf-8").strip()
    assert not [name for _, name, _ in page.attributes if name.startswith("on") or name == "style"]
    assert not {"img", "iframe", "object", "link", "base"} & set(page.tags)
    assert "Ada &lt;script&gt;alert(1)&lt;/script&gt; Abel" in html
    assert "Ben ⟨U+202E⟩Costa" in html
    assert "\u202e" not in html
    assert "<b>the</b>" not in html


def test_links_lead_within_the_page_only(published: Path, tmp_path: Path) -> None:
    _html, page = _page(published, tmp_path)

    targets = set(page.values("id"))
    links = page.values("href")
    assert links
    assert [link for link in links if not link.startswith("#") or link[1:] not in targets] == []
    assert page.values("src") == []


def test_the_policy_allows_our_style_and_script_alone(published: Path, tmp_path: Path) -> None:
    html, page = _page(published, tmp_path)

    hashes = [
        "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", html, re.DOTALL)
    ]
    assert page.values("content")[0] == (
        f"default-src 'none'; style-src '{hashes[0]}'; script-src '{hashes[1]}';"
        " base-uri 'none'; form-action 'none'"
    )


def test_a_finding_leads_to_its_evidence_and_raw_line(published: Path, tmp_path: Path) -> None:
    html, page = _page(published, tmp_path)

    assert "<code>auth.log:2</code>" in html
    assert "javascript:alert(1)</dd>" in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "finding-f-new" in page.values("id")
    assert html.index("finding-f-new") < html.index("finding-f-old") < html.index("finding-f-done")


def test_shows_the_outcome_of_the_checks_beside_the_tables(published: Path, tmp_path: Path) -> None:
    outcome = {
        "table": "audit.shifts",
        "description": "shifts end",
        "severity": "warning",
        "why": "<b>because</b>",
        "success": False,
        "unexpected_count": 1,
        "failing_rows": [{"shift_id": "h1"}],
        "error": None,
    }
    checks = {"expectations": 1, "failures": 1, "outcomes": [outcome]}
    (published.parent / "checks.json").write_text(json.dumps(checks))

    html, _ = _page(published, tmp_path)

    assert "&lt;b&gt;because&lt;/b&gt;" in html
    assert "shift_id=h1" in html


def test_the_same_tables_give_the_same_bytes(published: Path, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in render(published, tmp_path / "one")]
    second = [path.read_bytes() for path in render(published, tmp_path / "two")]

    assert first == second


def test_renders_an_audit_of_nothing(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        tables = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'audit'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"delete from audit.{table}")

    html, _ = _page(built, tmp_path)

    assert "No open findings." in html
    assert "nothing here proves that a quiet log was not a dead one" in html


def test_renders_a_window_without_a_whole_hour(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "update audit.audit_runs set since = '2026-04-02 10:10', until = '2026-04-02 10:12'"
        )

    html, _ = _page(built, tmp_path)

    assert "nothing here proves that a quiet log was not a dead one" in html


@pytest.mark.parametrize("count", [3_000])
def test_holds_the_most_urgent_findings_and_says_so(
    built: Path, tmp_path: Path, count: int
) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "insert into audit.findings by name select 'x' || i as finding_id, 'log_gap' as rule_id,"
            " 'low' as severity, 'open' as state, 'Silent.' as summary, '{}' as evidence,"
            f" timestamp '2026-04-01' as started_at from range({count}) as numbers (i)"
        )

    html, page = _page(built, tmp_path)

    assert "This page holds the 1,000 most urgent of 3,003 findings." in html
    assert (
        len([identifier for identifier in page.values("id") if identifier.startswith("finding-")])
        == 1000
    )
    assert "finding-f-new" in page.values("id")
