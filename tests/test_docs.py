"""The documentation names everything there is, its examples work, and its links lead somewhere."""

from __future__ import annotations

import re
from dataclasses import astuple, fields
from pathlib import Path

import pytest
import yaml
from audits import Audited, rows
from tables_page import PAGE, ROOT, models, page

from oncall_audit import channels, settings, sources
from oncall_audit.cli import VERBS
from oncall_audit.cli.demo import Tally, _findings, _tallies
from oncall_audit.cli.output import print_table
from oncall_audit.connectors import find, names
from oncall_audit.demo import score
from oncall_audit.policy import load_policy
from oncall_audit.policy.thresholds import Grace, Thresholds
from oncall_audit.retention import Retention
from oncall_audit.workspace import Workspace

DOCS = ROOT / "docs"
CONNECTORS = DOCS / "connectors" / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
# Of a machine or unfinished: neither is of use to a reader.
NOT_FOR_READERS = re.compile(r"\b(?:TODO|FIXME|TBD|XXX)\b|(?<![\w.])/(?:home|root|tmp|work)/")

each_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
each_connector = pytest.mark.parametrize("name", names())


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def blocks(path: Path, language: str) -> list[str]:
    fenced = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text(path), re.MULTILINE | re.DOTALL)
    return [block for name, block in fenced if name == language]


def links(path: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", text(path))
    return [link for link in found if not link.startswith(("http://", "https://"))]


def lines(table: str) -> list[str]:
    return [line.rstrip() for line in table.strip().splitlines()]


@each_page
def test_every_link_leads_somewhere(path: Path) -> None:
    targets = {link: path.parent / link.partition("#")[0] for link in links(path)}

    assert [link for link, target in targets.items() if not target.exists()] == []


@each_page
def test_a_page_is_meant_for_its_readers(path: Path) -> None:
    assert NOT_FOR_READERS.findall(text(path)) == []


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (path.parent / link.partition("#")[0]).resolve() for path in PAGES for link in links(path)
    }

    # A link to the folder of the connectors' pages leads to each of them.
    unlinked = [
        path
        for path in PAGES
        if path.parent != ROOT and not {path.resolve(), path.resolve().parent} & linked
    ]
    assert unlinked == []


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_named(verb: str) -> None:
    readable = "".join(text(path) for path in PAGES if path.name != "CHANGELOG.md")

    assert f"oncall-audit {verb}" in readable


@each_connector
def test_every_connector_has_a_page_of_the_one_shape(name: str) -> None:
    headings = re.findall(r"^## (.+)$", text(DOCS / "connectors" / f"{name}.md"), re.MULTILINE)

    assert headings[0] == "Permissions"
    assert "Traps" in headings


@each_connector
def test_every_connector_says_what_it_was_tested_against(name: str) -> None:
    _, _, said = text(DOCS / "connectors" / f"{name}.md").partition("\n## Tested against\n\n")

    assert said.partition("\n## ")[0].strip()


def test_the_table_of_connectors_names_each_and_what_it_tells() -> None:
    written = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \|(.+)\|$", text(CONNECTORS), re.MULTILINE)

    assert [(name, page) for name, page, _ in written] == [(name, name) for name in names()]
    cells = {name: [cell.strip() for cell in rest.split("|")] for name, _, rest in written}
    assert {len(found) for found in cells.values()} == {6}
    assert [name for name, found in cells.items() if not all(found)] == []
    kinds = {name: sources.default(find(name), "kind") for name in names()}
    assert [name for name, kind in kinds.items() if kind not in cells[name][0].split(", ")] == []


@each_connector
def test_every_option_of_a_connector_is_in_its_table(name: str) -> None:
    connector = find(name)
    options = [*sources.options(connector), *({"time_zone"} & set(sources.fields(connector)))]
    documented = text(DOCS / "connectors" / f"{name}.md")

    assert [option for option in options if f"\n| `{option}` |" not in documented] == []


@each_connector
def test_a_connectors_first_example_is_a_source_of_it(name: str) -> None:
    example = blocks(DOCS / "connectors" / f"{name}.md", "yaml")[0].partition("  # or\n")[0]
    documented = yaml.safe_load(example)["sources"]

    assert name in {source["type"] for source in documented.values()}


def test_the_tables_are_described_as_their_models_are() -> None:
    assert text(PAGE) == page(), "renew it: python tests/tables_page.py"


def test_every_published_table_is_on_the_page(audited: Audited) -> None:
    published = rows(
        audited.workspace,
        "select table_name from information_schema.tables where table_schema = 'audit' order by 1",
    )

    assert [name for (name,) in published] == [model["name"] for model in models()]


@pytest.mark.parametrize(
    "query", blocks(PAGE, "sql"), ids=lambda query: query.split()[1].strip(",")
)
def test_every_query_of_the_page_finds_something(audited: Audited, query: str) -> None:
    assert rows(audited.workspace, query)


def test_the_answer_on_the_page_is_the_demos(
    audited: Audited, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = rows(audited.workspace, blocks(PAGE, "sql")[-1])

    print_table(("source_name", "seen", "quiet", "blind"), answer)

    assert lines(blocks(PAGE, "")[-1])[:-1] == lines(capsys.readouterr().out)


def test_every_threshold_is_explained_with_its_default() -> None:
    documented = text(DOCS / "policy.md")
    defaults = {name: field.default for name, field in Thresholds.model_fields.items()}
    grace = {name: field.default for name, field in Grace.model_fields.items()}

    assert [it for it in defaults.items() if f"\n| `{it[0]}` | {it[1]} |" not in documented] == []
    assert [it for it in grace.items() if f"`{it[0]}` {it[1]}" not in documented] == []


def test_the_examples_of_configuration_and_policy_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGERDUTY_TOKEN", "invented")
    workspace = Workspace(tmp_path)
    configuration, policy = blocks(DOCS / "policy.md", "yaml")
    workspace.config.write_text(configuration)
    workspace.policy.write_text(policy)

    assert len(settings.load(workspace).sources) == 7
    assert load_policy(workspace).thresholds["dormant_days"] == 60


def test_the_example_of_notifications_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_WEBHOOK_URL", "PAYMENTS_WEBHOOK_URL", "SIEM_SECRET", "SMTP_PASSWORD"):
        monkeypatch.setenv(name, "https://hooks.example.com/invented")
    workspace = Workspace(tmp_path)
    (example,) = blocks(DOCS / "notifications.md", "yaml")
    workspace.config.write_text(f"organisation: Example\n{example}")

    assert len(settings.load(workspace).notify.channels) == 5


def test_every_option_of_notifications_is_explained_with_its_default() -> None:
    documented = text(DOCS / "notifications.md")
    options = {**channels.NotifyEntry.model_fields}
    for kind in channels.KINDS.values():
        options |= kind.model_fields

    assert [name for name in options if f"`{name}`" not in documented] == []
    assert [
        name
        for name, field in channels.NotifyEntry.model_fields.items()
        if isinstance(field.default, int) and f"\n| `{name}` | {field.default} |" not in documented
    ] == []


def test_the_table_in_the_readme_is_what_the_demo_prints(
    audited: Audited, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = _findings(audited.workspace)
    result = score(audited.answers, findings)

    print_table(
        [field.name for field in fields(Tally)],
        map(astuple, _tallies(audited.answers.planted, findings, result.missed, result.false)),
    )

    assert lines(blocks(ROOT / "README.md", "")[0]) == lines(capsys.readouterr().out)


def test_every_option_of_retention_is_explained_with_its_default(tmp_path: Path) -> None:
    documented = text(DOCS / "people.md")
    workspace = Workspace(tmp_path)
    examples = blocks(DOCS / "people.md", "yaml")
    workspace.config.write_text("\n".join(["organisation: Example", *examples]))

    loaded = settings.load(workspace)
    assert (loaded.retention.packs_days, len(loaded.redact)) == (400, 3)
    assert [
        name
        for name, field in Retention.model_fields.items()
        if not re.search(rf"\n\| `{name}` \|.*\| (?:none|{field.default})\b.*\|\n", documented)
    ] == []
