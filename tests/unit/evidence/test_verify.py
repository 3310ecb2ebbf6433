"""Whatever is done to a pack, `verify` sees it and names the file; what was not touched passes."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from oncall_audit.evidence.verification import verify

from .conftest import problems, told, verified, write

SESSIONS = "population/sessions.csv"


def repacked(pack: Path, target: Path, change: dict[str, bytes | None]) -> Path:
    """Write the zip anew, with files replaced, added or, where there is no content, left out."""
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(target, "w") as new:
        content = {name: old.read(name) for name in old.namelist()} | change
        for name, it in content.items():
            if it is not None:
                new.writestr(name, it)
    return target


def test_a_pack_as_it_was_published_is_verified(pack: Path, public_key: Path) -> None:
    status, said = verified(pack, "--public-key", public_key)

    assert (status, said["problems"], said["trust"]) == (0, [], "expected")
    assert said["run"]["run_id"] == "run-3"
    assert list(said["checks"]) == [
        "files", "signature", "container", "content", "register", "custody", "key",
    ]  # fmt: skip


def test_the_packs_own_key_proves_that_it_is_whole_and_not_who_signed_it(pack: Path) -> None:
    result = told(pack)

    assert result.exit_code == 0
    assert "Verified: audit, run run-3, " in result.output
    assert "but not who signed it" in result.output


def test_an_unpacked_pack_is_verified_as_well(unpacked: Path, public_key: Path) -> None:
    assert problems(unpacked, "--public-key", public_key) == []


def test_a_publication_stands_for_its_pack(pack: Path) -> None:
    assert problems(pack.parent) == []


def test_any_of_a_thousand_changed_bytes_is_noticed(pack: Path, tmp_path: Path) -> None:
    content, chance = pack.read_bytes(), random.Random(20260403)
    copy = tmp_path / "copy.zip"
    unnoticed = []
    for _ in range(1_000):
        place, flip = chance.randrange(len(content)), chance.randrange(1, 256)
        copy.write_bytes(content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])
        if verify(copy).is_good:
            unnoticed.append((place, flip))

    assert unnoticed == []


def test_a_changed_byte_of_any_file_names_that_file(unpacked: Path) -> None:
    files = sorted(path for path in unpacked.rglob("*") if path.is_file() and path.stat().st_size)
    named = {}
    for path in files:
        content = path.read_bytes()
        write(path, content[:-1] + bytes([content[-1] ^ 1]))
        named[path.relative_to(unpacked).as_posix()] = [file for file, _ in problems(unpacked)]
        write(path, content)

    assert len(named) == 24
    # A signature that does not fit leaves open which of the two was changed.
    assert named.pop("manifest.sig") == ["manifest.json"]
    assert {name for name, found in named.items() if name not in found} == set()


def test_a_figure_changed_in_a_table_is_named(pack: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        sessions = archive.read(SESSIONS)
    changed = repacked(pack, tmp_path / "p.zip", {SESSIONS: sessions.replace(b"e002", b"e001")})

    found = problems(changed)

    assert (SESSIONS, "was changed: its SHA-256 is another") in found
    assert [file for file, _ in found] == [SESSIONS, None]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"coverage.csv": None}, ("coverage.csv", "is missing")),
        ({"manifest.sig": None}, ("manifest.sig", "is missing")),
        ({"a.csv": b"1"}, ("a.csv", "was added: it does not belong to the pack")),
    ],
    ids=["dropped", "signature dropped", "added"],
)
def test_a_file_too_few_or_too_many_is_named(
    pack: Path, tmp_path: Path, change: dict[str, bytes | None], found: tuple[str, str]
) -> None:
    assert found in problems(repacked(pack, tmp_path / "p.zip", change))


def test_a_renamed_file_is_named_with_its_new_name(unpacked: Path) -> None:
    (unpacked / "findings.csv").rename(unpacked / "results.csv")

    assert problems(unpacked) == [("findings.csv", "was renamed to results.csv")]


def test_files_in_another_order_are_noticed(pack: Path, tmp_path: Path) -> None:
    target = tmp_path / "p.zip"
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(target, "w") as new:
        for name in reversed(old.namelist()):
            new.writestr(name, old.read(name))

    assert problems(target)[0] == (
        "manifest.sig",
        "is not in its place: the files were put in another order",
    )


def test_what_stands_before_or_behind_the_zip_is_noticed(pack: Path, tmp_path: Path) -> None:
    content, copy = pack.read_bytes(), tmp_path / "copy.zip"
    for around in (b"#!/bin/sh\n" + content, content + b"more", content[:-1]):
        copy.write_bytes(around)
        assert not verify(copy).is_good


@pytest.mark.parametrize(
    "name", ["../../escaped.csv", "/abs.csv", "population/../../x", "C:\\x", "\x1b[31mred", "ﬁ.csv"]
)
def test_a_hostile_path_is_told_of_and_written_nowhere(
    pack: Path, tmp_path: Path, name: str
) -> None:
    before = set(tmp_path.rglob("*"))
    hostile = repacked(pack, tmp_path / "hostile.zip", {name: b"boo"})

    result = told(hostile)

    assert result.exit_code == 5
    assert "was added" in result.output
    assert "\x1b" not in result.output
    assert set(tmp_path.rglob("*")) - before == {hostile}


def test_a_file_that_is_a_link_to_another_place_is_not_followed(
    unpacked: Path, tmp_path: Path
) -> None:
    path = unpacked / "coverage.csv"
    path.rename(tmp_path / "elsewhere.csv")
    path.symlink_to(tmp_path / "elsewhere.csv")

    assert [file for file, _ in problems(unpacked)] == ["coverage.csv"]


def test_a_bomb_goes_off_nowhere(pack: Path, tmp_path: Path) -> None:
    target = tmp_path / "bomb.zip"
    with zipfile.ZipFile(pack) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, bytes(300_000_000) if name == SESSIONS else old.read(name))

    assert [file for file, _ in problems(target)] == [SESSIONS, None]


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"nothing like a zip", b"[]"], ids=["empty", "cut", "text", "json"]
)
def test_what_is_no_pack_is_not_verified(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "evidence.zip"
    path.write_bytes(content)

    result = told(path)

    assert result.exit_code == 5
    assert "Not verified" in result.output


@pytest.mark.parametrize(
    "manifest", [b"", b"{}", b'{"format":"oncall-audit evidence pack 1"}', b"[" * 100_000]
)
def test_a_manifest_that_is_none_is_told_without_a_traceback(
    pack: Path, tmp_path: Path, manifest: bytes
) -> None:
    broken = repacked(pack, tmp_path / "p.zip", {"manifest.json": manifest})

    assert [file for file, _ in problems(broken)] == ["manifest.json"]


@pytest.mark.parametrize(
    "arguments",
    [["no-such.zip"], ["{pack}", "--public-key", "{pack}"], ["{pack}", "--previous", "x"]],
)
def test_wrong_use_ends_with_2(pack: Path, arguments: list[str]) -> None:
    words = [it.format(pack=pack) for it in arguments]
    code = "import sys; from oncall_audit.__main__ import main; sys.exit(main(sys.argv[1:]))"

    done = subprocess.run(
        [sys.executable, "-c", code, "verify", *words], capture_output=True, check=False
    )

    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)


def test_verifying_needs_neither_workspace_nor_database(pack: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "pack.zip"
    moved.parent.mkdir()
    pack.rename(moved)
    heavy = {"duckdb", "dbt", "prefect", "pydantic", "yaml", "jinja2", "great_expectations"}
    code = (
        "import sys; from oncall_audit.__main__ import main; status = main(['verify', 'pack.zip']);"
        f" print(status, *sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=moved.parent, check=True
    )

    assert done.stderr == "0\n"


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_openssl_and_sha256sum_alone_verify_it(unpacked: Path, public_key: Path) -> None:
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public_key), "-rawin"]
    files = ["-in", "manifest.json", "-sigfile", "manifest.sig"]
    said = json.loads((unpacked / "manifest.json").read_text())
    listed = [*said["content"]["files"], *said["record"]["files"]]
    sums = "".join(f"{it['sha256']}  {it['path']}\n" for it in listed)

    done = subprocess.run(
        [*command, *files], cwd=unpacked, capture_output=True, text=True, check=True
    )
    subprocess.run(
        ["sha256sum", "--check", "--strict"], cwd=unpacked, input=sums, text=True, check=True
    )

    assert done.stdout == "Signature Verified Successfully\n"
