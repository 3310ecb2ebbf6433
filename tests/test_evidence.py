"""The evidence of the demo's audit: verified, and found again by whoever does the audit again."""

from __future__ import annotations

import json
import shlex
import zipfile
from pathlib import Path
from typing import Any

import pytest
from audits import Audited, Organisation

from oncall_audit.__main__ import main
from oncall_audit.evidence.verification import verify
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

PACK = "evidence.zip"


def manifest(workspace: Workspace) -> dict[str, Any]:
    with zipfile.ZipFile(workspace.publication / PACK) as archive:
        said: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return said


def test_the_demos_evidence_is_verified_and_whole(audited: Audited) -> None:
    publication = audited.workspace.publication.resolve()
    files = {path for path in publication.rglob("*") if path.is_file()}

    said = manifest(audited.workspace)

    assert verify(publication / PACK).problems == []
    assert {publication / it["path"] for it in said["published"]} == files - {publication / PACK}
    assert all(it["records"] for it in said["content"]["control_totals"])


def test_the_audit_done_again_elsewhere_finds_the_same(
    organisation: Organisation, audited: Audited, tmp_path: Path
) -> None:
    first = manifest(audited.workspace)
    with zipfile.ZipFile(audited.workspace.publication / PACK) as archive:
        readme = archive.read("README.txt").decode()
        again = organisation.copy_to(tmp_path / "again")
        again.policies.mkdir(parents=True)
        again.register.write_bytes(archive.read("record/register.jsonl"))
        for name in archive.namelist():
            if name.startswith("policy/"):
                (again.policies / Path(name).name).write_bytes(archive.read(name))
    command = next(line.strip() for line in readme.splitlines() if "oncall-audit run" in line)

    status = main([*shlex.split(command)[1:], "--workspace", str(again.root)])

    assert status == 0
    second = manifest(again)
    files = [
        {it["path"]: it["sha256"] for it in said["content"]["files"]} for said in (first, second)
    ]
    assert files[0] == files[1]
    assert first["content_sha256"] == second["content_sha256"]
    assert first["signing_key"] != second["signing_key"]
