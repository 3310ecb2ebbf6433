"""The register only grows, and shows when somebody changed it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_audit.errors import VerificationFailed
from oncall_audit.evidence import register

RECORDS = [{"kind": "run", "n": n} for n in range(3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "register.jsonl"
    for record in RECORDS:
        register.append(path, record)
    return path


def plain(records: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{k: v for k, v in record.items() if k != "previous_sha256"} for record in records]


def test_gives_back_what_was_appended_in_order(path: Path) -> None:
    assert plain(register.read(path)) == RECORDS


def test_a_register_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert register.read(tmp_path / "none.jsonl") == []


def test_a_removed_line_is_noticed(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])

    with pytest.raises(
        VerificationFailed, match=r"register\.jsonl:2: the register's chain is broken"
    ):
        register.read(path)


def test_a_line_cut_off_by_a_crash_never_counted_and_the_next_one_does(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b'{"kind":"run","n":')

    register.append(path, {"kind": "run", "n": 9})

    assert plain(register.read(path)) == [*RECORDS, {"kind": "run", "n": 9}]


@given(data=st.data())
def test_any_changed_byte_but_of_the_last_line_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("register") / "register.jsonl"
    for record in RECORDS:
        register.append(path, record)
    body = bytearray(path.read_bytes())
    last_line = body.rindex(b"\n", 0, -1)
    position = data.draw(st.integers(0, last_line))
    body[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(body)

    with pytest.raises(VerificationFailed):
        register.read(path)


def test_two_writers_at_once_keep_the_chain_whole(tmp_path: Path) -> None:
    path = tmp_path / "register.jsonl"

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(lambda n: register.append(path, {"kind": "run", "n": n}), range(40)))

    assert sorted(record["n"] for record in register.read(path)) == list(range(40))
