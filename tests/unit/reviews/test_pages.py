"""The pages of a review: of one model, inert, the same bytes each time, and in the first screen."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
import rfc8785

from oncall_audit.reports import render
from oncall_audit.reports.published import Published
from oncall_audit.reports.review_trend import plots
from oncall_audit.workspace import Workspace

from .conftest import MONDAY, WEEK, audited, change, decide, digest, run

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) \u202eevil | `a`"


class Elements(HTMLParser):
    """Every element and attribute of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]


@pytest.fixture
def hostile(site: Workspace) -> Workspace:
    """A week in which everything that has a name has a hostile one."""
    site.config.write_text(f"organisation: {json.dumps(HOSTILE)}\n")
    decide(site, "f-done", "remediated", "2026-04-02T09:00:00+00:00", reason=HOSTILE)
    text = HOSTILE.replace("'", "''")
    change(
        site,
        f"update findings set resource_id = '{text}', account = '{text}', system = '{text}'",
        f"update engineers set name = '{text}'",
        f"update rules set title = '{text}'",
        f"update coverage set source_name = '{text}'",
        f"update controls set requirement = '{text}', control_id = '{text}'",
    )
    return site


def test_an_audit_publishes_the_page_of_a_week_that_it_first_sees_whole(site: Workspace) -> None:
    pages = audited(site)

    assert [it.name for it in pages] == [f"{WEEK}.html", f"{WEEK}.md", f"{WEEK}.json"]
    assert all(it.parent == site.publications / "run-2" / "reviews" for it in pages)


def test_hostile_names_are_inert_in_every_format(hostile: Workspace) -> None:
    html, markdown, _ = (path.read_text() for path in audited(hostile))

    page = Elements(html)
    assert not {"script", "img", "iframe", "link", "form"} & page.tags
    assert (
        not {name for name in page.attributes if name.startswith("on")}
        | {"style"} & page.attributes
    )
    assert [it for it in page.values if it.startswith(("javascript:", "http"))] == []
    assert "\u202e" not in html + markdown
    # Each of them is escaped.
    assert re.findall(r"(?<!\\)[<\[`|]script|(?<!\\)\]\(java", markdown) == []


def test_where_reports_name_nobody_the_pages_do_not_either(site: Workspace) -> None:
    with Published(site.published) as published:
        people = published.rows("select engineer_id, name, email from engineers")
    decide(site, "f-done", "remediated", "2026-04-02T09:00:00+00:00")
    known = [word for it in people for name in it.values() if name for word in name.split()[-1:]]
    named = [path.read_text() for path in audited(site)]
    site.config.write_text("organisation: Example\nreports: {pseudonymised: true}\n")

    pages = audited(site)

    assert all(any(name in text for name in known) for text in named)
    assert [name for path in pages for name in known if name in path.read_text()] == []
    told = [json.loads(path.read_text())["sha256"] for path in pages if path.suffix == ".json"]
    assert told == [digest(site)]


def test_the_page_allows_nothing_but_its_own_style(site: Workspace) -> None:
    html = audited(site)[0].read_text()

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/=]+'; base-uri 'none'; form-action 'none'",
        policy[1].replace("&#39;", "'"),
    )


def test_the_json_has_what_the_hash_is_of(site: Workspace) -> None:
    said = json.loads(audited(site)[2].read_text())

    assert (
        hashlib.sha256(rfc8785.dumps(said["review"])).hexdigest() == said["sha256"] == digest(site)
    )


def test_the_same_tables_and_register_give_the_same_bytes(site: Workspace) -> None:
    first = [path.read_bytes() for path in audited(site)]

    assert [path.read_bytes() for path in audited(site)] == first


def test_a_page_that_is_shown_later_is_the_one_that_was_published(site: Workspace) -> None:
    published = audited(site)[0].read_text()
    site.policy.write_text("reviews: {weekly: {due_days: 366}}\n")

    run(site, "show", WEEK)

    shown = (site.data / "reports" / "reviews" / f"{WEEK}.html").read_text()
    assert shown == published.replace("due until 2026-04-13 05:30", "due until 2027-04-07 05:30")


def test_every_format_says_the_same_figures(site: Workspace) -> None:
    html, markdown, said = (path.read_text() for path in audited(site))

    verdict = json.loads(said)["verdict"]
    assert verdict == "3 findings opened, 0 closed; 3 are open at the end."
    assert verdict in html
    assert verdict in markdown
    assert "2026-04-02" not in html
    assert "bastion: 2 Apr 2026 03:00 \u2013 2 Apr 2026 06:00" in html


def test_a_week_that_is_running_is_shown_so_far(site: Workspace) -> None:
    audited(site)

    result = run(site, "show", "2026-W15")

    assert result.exit_code == 0, result.exception
    assert "Weekly review 2026-W15" in result.output
    assert "No audit covers 6 Apr 2026 05:30 \u2013 13 Apr 2026 00:00" in result.output
    assert "No audit covers 2026-W20 at all" in str(run(site, "show", "2026-W20").exception)


def test_show_writes_the_pages_beside_the_reports_and_never_into_a_publication(
    site: Workspace,
) -> None:
    audited(site)

    said = json.loads(run(site, "show", "--json").stdout)

    assert said["review"]["period"]["name"] == WEEK
    written = {it.name for it in (site.data / "reports" / "reviews").iterdir()}
    assert written == {f"{WEEK}.html", f"{WEEK}.md", f"{WEEK}.json"}
    inside = run(site, "show", "--output", str(site.publications / "run-2"))
    assert "belongs to a publication" in str(inside.exception)


def test_what_was_decided_later_is_told_without_changing_the_figures(site: Workspace) -> None:
    audited(site)
    before = digest(site)
    decide(site, "f-old", "remediated", "2026-04-07T09:00:00+00:00")

    said = json.loads(run(site, "show", WEEK, "--json").stdout)

    assert said["decided_since"] == {"decided": 1, "open": 2}
    assert said["sha256"] == before


def test_a_trend_shows_the_figures_of_the_reviews_before(site: Workspace) -> None:
    audited(site, at=MONDAY)
    change(site, "update audit_runs set until = '2026-04-13 05:30:00' where run_id = 'run-2'")

    audited(site, at=MONDAY + timedelta(days=7))

    said = json.loads(run(site, "show", "2026-W15", "--json").stdout)
    trend = {it["period"]: it["figures"] for it in said["trend"] if it["figures"]}
    assert {name: (it["opened"], it["open_after"]) for name, it in trend.items()} == {
        WEEK: (3, 3),
        "2026-W15": (0, 3),
    }
    assert said["compared"][1] == {
        "label": "findings opened",
        "name": "opened",
        "now": 0,
        "before": 3,
    }


def test_bars_stand_in_their_plot_and_a_period_without_a_review_is_marked() -> None:
    trend = [("2026-W13", None), ("2026-W14", {"opened": 30, "closed": 7, "sessions": 1_234})]

    drawn = {plot.title: plot for plot in plots(trend)}

    assert all(len(plot.lacking) == 1 for plot in drawn.values())
    titles = [bar.title for plot in drawn.values() for bar in plot.bars]
    assert titles == ["2026-W14: 30 opened", "2026-W14: 7 closed", "2026-W14: 1,234 sessions"]
    for bar in (bar for plot in drawn.values() for bar in plot.bars):
        assert bar.x >= 0
        assert bar.x + bar.width <= 360
        assert bar.y >= 0
    assert [text for _, text in drawn["Opened and closed"].marks] == ["0", "20", "40"]


def test_reviews_that_wait_are_in_the_first_screen_of_the_report(site: Workspace) -> None:
    folder = site.publications / "run-2"
    waiting = {"period": WEEK, "sentence": "overdue since 2026-04-13 05:30 UTC"}
    (folder / "run.json").write_text(json.dumps({"reviews": [waiting]}))

    render(folder / "audit.duckdb", folder, ("html", "md", "json"))

    html = (folder / "report.html").read_text()
    assert f"Review {WEEK}</strong> is overdue since" in html.partition("<nav")[0]
    assert f"**Review {WEEK} is overdue since" in (folder / "report.md").read_text()
    assert json.loads((folder / "summary.json").read_text())["reviews"] == [waiting]
