from __future__ import annotations

import json
import os
import sqlite3
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_httpserver import HTTPServer

from oncall_audit.__main__ import main
from oncall_audit.connectors.base import Window
from oncall_audit.evidence import register
from oncall_audit.landing import land
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "auth.log").write_text("x" * 2_000_000)
    workspace = Workspace(tmp_path)
    workspace.config.write_text(
        "organisation: Example\nsources:\n  bastion: {type: sshd, path: logs}\n"
    )
    workspace.policy.write_text("services: {a: {}}\nresources: {box: {kind: server, service: a}}\n")
    return workspace


def checks(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, tuple[str, str]]]:
    capsys.readouterr()
    status = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    return status, {it["subject"]: (it["state"], it["text"]) for it in found}


def test_a_workspace_in_order_is_ready(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["doctor"])

    told = capsys.readouterr().out
    assert status == 0
    assert "ok    source bastion  1 files, 2.0 MB" in told
    assert told.endswith("Ready. Next: oncall-audit run\n")


def test_a_new_workspace_is_told_what_to_do_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(tmp_path / "new")])
    capsys.readouterr()

    status = main(["doctor", "--workspace", str(tmp_path / "new")])

    told = capsys.readouterr().out
    assert status == 2
    assert "names no source. Add one below 'sources:'." in told
    assert "names no service or no resource yet. Add them" in told


def test_a_source_without_files_fails_and_the_others_are_checked(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.config.open("a") as config:
        config.write("  other: {type: sshd, path: nowhere}\n")

    status, found = checks(capsys)

    assert (status, found["source bastion"][0], found["source other"][0]) == (2, "ok", "fail")
    assert "correct the source's `path`" in found["source other"][1]


def test_a_broken_configuration_is_told_with_its_line_and_the_rest_is_checked(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.config.write_text("organisation: Example\nthread: 2\n")

    status, found = checks(capsys)

    assert (status, found["policy"][0]) == (2, "ok")
    state, text = found["configuration"]
    assert state == "fail"
    assert text == (
        "oncall-audit.yml:2: thread: is unknown. Did you mean 'threads'? Known: control,"
        " first_window_days, geoip, late_after_hours, memory_limit, notify, organisation,"
        " pseudonym_key, pseudonymised_reports, redact, reports, retention,"
        " signing_key, sources, threads, time_stamp_authority, time_zone."
    )


def test_an_unset_variable_is_named(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.config.open("a") as config:
        config.write('  pager: {type: pagerduty, token: "${NEVER_SET}"}\n')

    _, found = checks(capsys)

    assert found["secrets"] == ("fail", "Not set: NEVER_SET. Set them in .env.")


def test_an_exception_that_ended_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with workspace.policy.open("a") as policy:
        policy.write(
            "exceptions: [{engineer: e1, resource: box, permission: root, owner: Ada Abel,"
            " reason: Old, expires: 2020-01-31}]\n"
        )

    status, found = checks(capsys)

    assert (status, found["policy"][0]) == (0, "note")
    assert "The exception of e1 on box ended" in found["policy"][1]


def test_an_env_file_that_everybody_may_read_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.secrets.write_text("A=b\n")
    workspace.secrets.chmod(0o644)

    _, found = checks(capsys)

    assert found["secrets"] == ("note", "Everybody on this machine may read .env: chmod 600 .env")


def test_a_clock_that_was_set_back_fails(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    ahead = workspace.policy.stat().st_mtime + 86_400
    os.utime(workspace.policy, (ahead, ahead))

    status, found = checks(capsys)

    assert (status, found["clock"][0]) == (2, "fail")


def test_a_stale_publication_is_told_with_the_reason(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace.publications / "20260101T000000Z-abcd"
    folder.mkdir(parents=True)
    (folder / "audit.duckdb").touch()
    workspace.publication.symlink_to(folder)
    status_file = workspace.data / "status.json"
    status_file.write_text(
        '{"stale_since": "2026-01-02T00:00:00+00:00", "reason": "The disk is full."}'
    )

    _, found = checks(capsys)

    assert found["publication"][0] == "note"
    assert found["publication"][1].startswith(
        "Stale since 2026-01-02 00:00 UTC: The disk is full. Mend"
    )


def test_a_policy_that_was_changed_since_the_last_run_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    register.append(workspace.register, {"kind": "run", "policy_sha256": "0" * 64})

    _, changed = checks(capsys)
    with workspace.policy.open("a") as policy:
        policy.write("effective_from: 2026-03-01\n")
    _, declared = checks(capsys)

    assert changed["policy"][0] == declared["policy"][0] == "note"
    assert "holds from the next one on" in changed["policy"][1]
    assert "counts from 2026-03-01 00:00 UTC" in declared["policy"][1]


def test_a_run_that_is_under_way_is_named(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    free = checks(capsys)[1]["lock"]
    with exclusive(workspace, patience_seconds=0, on_wait=print):
        held = checks(capsys)[1]["lock"]

    assert free == ("ok", "no run is under way")
    assert held[0] == "note"
    assert held[1].startswith(f"Process {os.getpid()} on ")
    assert checks(capsys)[1]["lock"] == free


def test_a_register_that_was_touched_fails(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        register.append(workspace.register, {"kind": "note", "number": number})
    whole = checks(capsys)[1]["register"]
    workspace.register.write_text(
        workspace.register.read_text().replace('"number":1', '"number":7')
    )

    status, found = checks(capsys)

    assert whole == ("ok", "3 lines, the chain is whole")
    assert (status, found["register"][0]) == (2, "fail")
    assert "Restore the file from a backup." in found["register"][1]


def test_a_key_that_cannot_be_read_fails(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    none_yet = checks(capsys)[1]["signing key"]
    workspace.signing_key.parent.mkdir(parents=True)
    workspace.signing_key.write_text("no key")

    status, found = checks(capsys)

    assert none_yet == ("note", "There is none yet; the first run makes one.")
    assert (status, found["signing key"][0]) == (2, "fail")


@pytest.fixture
def landed(workspace: Workspace) -> Workspace:
    """A workspace whose log of one record has landed."""
    (workspace.root / "logs" / "auth.log").write_text(
        "2026-03-02T08:00:00+00:00 box sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2\n"
    )
    source = load(workspace).sources[0]
    now = datetime.now(UTC)
    land(
        source.connector(workspace.root),
        source_name=source.name,
        system=source.system,
        window=Window(now - timedelta(days=1), now),
        folder=workspace.landing,
        now=now,
    )
    return workspace


def test_landed_files_that_vanished_fail_and_raw_ones_are_noted(
    landed: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    before = checks(capsys)[1]
    (part,) = landed.landing.rglob("*.parquet")
    part.unlink()
    (landed.root / "logs" / "auth.log").rename(landed.root / "logs" / "other.log")

    status, found = checks(capsys)

    assert before["landing"] == ("ok", "1 landed files are there")
    assert before["raw files"] == ("ok", "1 that were read are still there")
    assert (status, found["landing"][0], found["raw files"][0]) == (2, "fail", "note")
    assert (
        f"1 of 1 landed files are gone, among them {part.relative_to(landed.landing)}."
        in (found["landing"][1])
    )


def test_records_of_the_future_are_noted(
    landed: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(landed.manifest) as manifest:
        manifest.execute("update cursors set occurred_at = '2999-01-01 00:00:00.000000+00:00'")
    manifest.close()

    assert checks(capsys)[1]["clock of bastion"][0] == "note"


def test_a_warehouse_that_is_none_fails_and_may_be_removed(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.warehouse.parent.mkdir(parents=True)
    workspace.warehouse.write_text("torn" * 10_000)

    status, found = checks(capsys)

    assert (status, found["warehouse"][0]) == (2, "fail")
    assert "the next run builds it from what has landed" in found["warehouse"][1]


def test_a_prefect_server_that_is_configured_is_asked(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/api/health").respond_with_data("true")
    monkeypatch.setenv("PREFECT_API_URL", httpserver.url_for("/api"))
    answers = checks(capsys)[1]["prefect"]
    monkeypatch.setenv("PREFECT_API_URL", httpserver.url_for("/nowhere"))

    assert answers[0] == "ok"
    assert checks(capsys)[1]["prefect"][0] == "note"


def test_what_is_kept_too_long_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = checks(capsys)[1]
    for run_id in ("20200101T000000Z-abcd", "20200102T000000Z-abcd"):
        (workspace.publications / run_id).mkdir(parents=True)
    workspace.publication.symlink_to("publications/20200102T000000Z-abcd")

    found = checks(capsys)[1]

    assert "retention" not in nothing
    assert found["retention"][0] == "note"
    assert found["retention"][1].startswith("1 are kept longer than they should be, of packs.")


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[HTTPServer]:
    """A server whose certificate ends so many days from now."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=request.param, hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        yield server


@pytest.mark.parametrize(
    ("served", "state", "words"),
    [
        (60, "ok", "valid until"),
        (20, "note", "in 20 days. Have it renewed."),
        (-2, "fail", "must renew it"),
    ],
    indirect=["served"],
)
def test_a_certificate_that_ends_soon_is_noted_before_it_fails(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    served: HTTPServer,
    state: str,
    words: str,
) -> None:
    monkeypatch.setenv("PAGER_TOKEN", "invented")
    url = served.url_for("/")
    with workspace.config.open("a") as config:
        config.write(f'  pager: {{type: pagerduty, url: "{url}", token: "${{PAGER_TOKEN}}"}}\n')

    found = checks(capsys)[1][f"certificate of {urlsplit(url).hostname}"]

    assert (found[0], words in found[1]) == (state, True)
