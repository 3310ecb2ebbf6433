"""Which policy holds when, and that what was kept of it is what it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_audit.errors import VerificationFailed
from oncall_audit.policy import Policy, history, load_policy
from oncall_audit.workspace import Workspace


def day(number: int) -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=number)


def run(number: int, sha256: str, effective_from: int | None = None) -> dict[str, Any]:
    return {
        "run_id": f"r{number}",
        "started_at": day(number).isoformat(),
        "policy_sha256": sha256,
        "policy_effective_from": None
        if effective_from is None
        else day(effective_from).isoformat(),
    }


def held(runs: list[dict[str, Any]]) -> list[tuple[str, int | None, int | None]]:
    def number(moment: datetime | None) -> int | None:
        return None if moment is None else (moment - day(0)).days

    return [
        (it.sha256, number(it.valid_from), number(it.valid_until)) for it in history.versions(runs)
    ]


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([run(1, "a")], [("a", None, None)]),
        ([run(1, "a"), run(2, "a"), run(3, "b")], [("a", None, 3), ("b", 3, None)]),
        (
            [run(1, "a"), run(2, "b"), run(3, "a")],
            [("a", None, 2), ("b", 2, 3), ("a", 3, None)],
        ),
        # The first has always held, whatever it declares; a later one from where it says.
        ([run(5, "a", 3)], [("a", None, None)]),
        ([run(5, "a"), run(6, "b", 2)], [("a", None, 2), ("b", 2, None)]),
        # A correction takes the place of what was seen in between …
        ([run(5, "a"), run(6, "b"), run(8, "c", 2)], [("a", None, 2), ("c", 2, None)]),
        # … or only of its end.
        ([run(5, "a"), run(6, "b"), run(8, "c", 7)], [("a", None, 6), ("b", 6, 7), ("c", 7, None)]),
        # One that was to hold later and was changed before never did.
        ([run(5, "a"), run(6, "b", 9), run(7, "c")], [("a", None, 7), ("c", 7, None)]),
        # Runs of before there was a history, and failed ones that saw no policy.
        ([{"run_id": "r0", "policy_sha256": "z"}, run(1, "a")], [("a", None, None)]),
    ],
)
def test_a_version_holds_from_when_it_was_seen_or_says(
    runs: list[dict[str, Any]], expected: list[tuple[str, int | None, int | None]]
) -> None:
    assert held(runs) == expected


RUNS = st.lists(
    st.tuples(st.sampled_from("abc"), st.none() | st.integers(0, 20)), min_size=1, max_size=8
)


@given(RUNS)
def test_exactly_one_version_holds_at_any_time(said: list[tuple[str, int | None]]) -> None:
    found = held([run(number, *it) for number, it in enumerate(said)])

    assert found[0][1] is None
    assert found[-1][2] is None
    assert all(a[2] == b[1] for a, b in pairwise(found))
    starts = [it[1] for it in found[1:]]
    assert starts == sorted(set(starts))


@given(RUNS, st.sampled_from("abc"))
def test_a_version_seen_later_does_not_rewrite_what_was_before(
    said: list[tuple[str, int | None]], new: str
) -> None:
    runs = [run(number, *it) for number, it in enumerate(said)]
    today = len(said)

    def until_today(found: list[tuple[str, int | None, int | None]]) -> list[Any]:
        return [(sha, since) for sha, since, _ in found if since is None or since < today]

    assert until_today(held([*runs, run(today, new)])) == until_today(held(runs))


def policy(tmp_path: Path, text: str) -> Policy:
    workspace = Workspace(tmp_path)
    workspace.policy.write_text(text)
    return load_policy(workspace)


BOX = "services: {pay: {}}\nresources: {box: {kind: server, service: pay}}\n"


def test_rows_hold_as_long_as_their_table_says_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    texts = (
        BOX + "roles: [{team: a, resources: [box], permissions: [read]}]\n",
        BOX + "roles: [{team: a, resources: [box], permissions: [read]}]\nprivileged: ['*:root']\n",
        BOX
        + "exceptions: [{engineer: e1, resource: box, permission: x, owner: o, reason: r, expires: 2026-12-31}]\n",
    )
    runs = []
    for number, text in enumerate(texts):
        it = policy(tmp_path, text)
        history.keep(it, folder)
        runs.append({**run(number, ""), **history.record(it)})

    rows = history.rows(history.versions(runs), folder)

    assert rows["resources"] == [("box", "server", "pay", 2, None, None, None)]
    assert rows["role_access"] == [("a", None, "box", "read", None, day(2))]
    assert rows["privileged"] == [("*", "root", day(1), day(2))]
    expires = datetime(2027, 1, 1)  # noqa: DTZ001
    assert rows["exceptions"] == [("e1", "box", "x", "o", "r", expires, day(2), None)]


def test_hours_of_being_on_call_are_those_that_were_kept(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    hours = '[{days: [fri], starts: "9:00", ends: "24:00", time_zone: Europe/Berlin}]'
    runs = []
    for number, text in enumerate((BOX, f"services: {{pay: {{on_call_hours: {hours}}}}}\n")):
        it = policy(tmp_path, text)
        history.keep(it, folder)
        runs.append({**run(number, ""), **history.record(it)})

    rows = history.rows(history.versions(runs), folder)["service_hours"]

    assert rows == [
        *(("pay", weekday, 0, 1440, "UTC", None, day(1)) for weekday in range(1, 8)),
        ("pay", 5, 540, 1440, "Europe/Berlin", day(1), None),
    ]


def test_networks_and_gateways_change_together(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    gateway = "gateways: {bastion: {addresses: [192.0.2.8/30], resources: [box]}}\n"
    runs = []
    for number, kind in enumerate(("isp", "office")):
        it = policy(tmp_path, f"{BOX}{gateway}networks: {{192.0.2.0/24: {{kind: {kind}}}}}\n")
        history.keep(it, folder)
        runs.append({**run(number, ""), **history.record(it)})

    rows = history.rows(history.versions(runs), folder)

    spans = [(None, day(1)), (day(1), None)]
    told = [row for row in rows["networks"] if row[0] == "192.0.2.0/24"]
    assert [(row[4], *row[-2:]) for row in told] == [("isp", *spans[0]), ("office", *spans[1])]
    assert {row[-2:] for row in rows["networks"]} == set(spans)
    assert [row[-2:] for row in rows["gateway_addresses"]] == spans
    assert rows["gateway_resources"] == [("bastion", "box", *span) for span in spans]


def test_a_date_is_the_beginning_of_the_day(tmp_path: Path) -> None:
    it = policy(tmp_path, "effective_from: 2026-03-01\n")

    assert it.effective_from == day(0)
    assert history.record(it)["policy_effective_from"] == "2026-03-01T00:00:00+00:00"


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"{}")]
)
def test_a_kept_policy_that_was_changed_is_noticed(tmp_path: Path, damage: Any) -> None:
    it = policy(tmp_path, BOX)
    damage(history.keep(it, tmp_path / "policies"))

    with pytest.raises(VerificationFailed, match="is missing or was changed"):
        history.rows(
            history.versions([{**run(0, ""), **history.record(it)}]), tmp_path / "policies"
        )
