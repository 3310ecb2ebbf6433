from __future__ import annotations

import re

import pytest
from mail_server import PASSWORD, MailServer

from oncall_audit.workspace import Workspace

from .conftest import change, configure, noted, send


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)


def channel(mail: MailServer, *options: str) -> str:
    said = ", ".join(
        [
            "type: email, host: 127.0.0.1",
            f"port: {mail.port}",
            f"ca_file: {mail.certificate}",
            'user: audit, password: "${MAIL_PASSWORD}", sender: audit@example.com',
            *(options or ["recipients: [security@example.com]"]),
        ]
    )
    return f"leads: {{{said}}}"


def test_sends_text_and_html_encrypted_and_logged_in(
    workspace: Workspace, mail: MailServer
) -> None:
    configure(workspace, channel(mail))

    assert send(workspace) == (1, [])

    (got,) = mail.received
    text, html = (got.get_body((kind,)) for kind in ("plain", "html"))
    assert (mail.logins, mail.recipients) == (["audit"], [["security@example.com"]])
    assert (got["Subject"], got["To"]) == ("Example: 1 new finding", "security@example.com")
    assert text is not None
    assert html is not None
    assert "- high: Ben used payments-db." in text.get_content()
    assert "<strong>high</strong>: Ben used payments-db." in html.get_content()


def test_hostile_names_are_only_text(workspace: Workspace, mail: MailServer) -> None:
    configure(workspace, channel(mail, "form: owners, recipients: [security@example.com]"))
    change(
        workspace,
        "update resources set owner_team = 'x' || chr(13) || chr(10) || 'Bcc: eve@example.com'",
        "update findings set summary = '<script>alert(1)</script> https://evil.example.com'",
    )

    send(workspace)

    (got,) = mail.received
    text, html = (got.get_body((kind,)) for kind in ("plain", "html"))
    assert got["Bcc"] is None
    assert got["Subject"] == "Example: 1 new finding of x⟨U+000D⟩⟨U+000A⟩Bcc: eve@example.com"
    assert mail.recipients == [["security@example.com"]]
    assert html is not None
    assert text is not None
    assert "&lt;script&gt;alert(1)&lt;/script&gt; https[:]//evil.example.com" in html.get_content()
    assert "://evil" not in text.get_content() + html.get_content()
    assert "<script" not in html.get_content()


def test_tries_again_when_the_server_is_busy(workspace: Workspace, mail: MailServer) -> None:
    mail.troubles = [("DATA", "451 later")]
    configure(workspace, channel(mail))
    waits: list[float] = []

    assert send(workspace, waits.append) == (1, [])
    assert len(waits) == len(mail.received) == 1


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (("RCPT", "550 eve@example.com"), "refuses every recipient (550)"),
        (("MAIL", "552 no"), "refuses (552)"),
        (("AUTH", f"535 {PASSWORD}"), "does not accept user and password (535)"),
        (("STARTTLS", "454 no"), "refuses (454), 4 times"),
    ],
)
def test_a_refusal_is_told_without_the_servers_words(
    workspace: Workspace, mail: MailServer, trouble: tuple[str, str], reason: str
) -> None:
    mail.troubles = [trouble] * 4
    configure(workspace, channel(mail))

    sent, (told,) = send(workspace)

    assert sent == 0
    assert reason in told
    assert PASSWORD not in told + workspace.register.read_text()
    assert mail.received == []


def test_a_certificate_that_is_not_trusted_gets_no_password(
    workspace: Workspace, mail: MailServer
) -> None:
    configure(workspace, channel(mail).replace(f"ca_file: {mail.certificate}, ", ""))

    _, (told,) = send(workspace)

    assert "has a certificate that is not trusted; set `ca_file`" in told
    assert mail.logins == []


def test_reminds_each_engineer_once_a_week(workspace: Workspace, mail: MailServer) -> None:
    configure(workspace, channel(mail, "form: reminders"), more="  open_days: 1\n")

    assert send(workspace) == (1, [])
    assert send(workspace) == (0, [])

    (got,) = mail.received
    body = got.get_body(("plain",))
    assert mail.recipients == [["ben.costa@example.com"]]
    assert body is not None
    assert re.search(r"Hello Ben ⟨U\+202E⟩Costa,", body.get_content())
    assert re.search(r"- high: Ben used payments-db\.\s+open for \d+ days; ", body.get_content())
    assert noted(workspace)[0] == ("leads", "run-2", "delivered", "e002", ["f-new"])


def test_an_engineer_without_an_address_does_not_keep_others_waiting(
    workspace: Workspace, mail: MailServer
) -> None:
    configure(workspace, channel(mail, "form: reminders"), more="  open_days: 1\n")
    change(
        workspace,
        "update engineers set email = 'x@example.com' || chr(10) || 'Bcc: eve@example.com' where engineer_id = 'e002'",
        "update findings set state = 'open' where finding_id = 'f-done'",
    )

    sent, told = send(workspace)

    assert sent == 1
    assert told == ["Channel leads: the directory has no usable e-mail address of e002."]
    assert mail.recipients == [["ada.abel@example.com"]]
