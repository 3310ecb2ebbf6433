"""A mail server of this process: it asks for STARTTLS and a log-in, and keeps what it is given."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "audit", "canary-mail-password"


@dataclass
class MailServer:
    """What came, and what to answer in place of taking it."""

    port: int = 0
    certificate: Path = Path()
    # Each is the answer to one RCPT or DATA, before the server takes mail again.
    troubles: list[tuple[str, str]] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    def trouble(self, command: str) -> str | None:
        """Return what to answer to a command instead, once."""
        if self.troubles and self.troubles[0][0] == command:
            return self.troubles.pop(0)[1]
        return None


@contextmanager
def mail_server(folder: Path) -> Iterator[MailServer]:
    """Serve mail on a free port of this machine."""
    kept = MailServer(certificate=folder / "mail.pem")
    context = _context(kept.certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                _Talk(self.request, kept, context).go_on()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


@dataclass
class _Talk:
    """One connection."""

    connection: socket.socket
    kept: MailServer
    context: ssl.SSLContext
    to: list[str] = field(default_factory=list)
    is_encrypted: bool = False

    def go_on(self) -> None:
        self.reader = self.connection.makefile("rb")
        self.say("220 mail.example.com")
        while line := self.reader.readline().decode().strip():
            command = line.split()[0].upper()
            if answer := self.kept.trouble(command):
                self.say(answer)
            elif command in ("EHLO", "STARTTLS", "QUIT") or self.is_encrypted:
                getattr(self, f"_{command.lower()}", self._rest)(line)
            else:
                self.say("530 encrypt first")
        self.reader.close()
        self.connection.close()

    def say(self, words: str) -> None:
        self.connection.sendall(f"{words}\r\n".encode())

    def _ehlo(self, _line: str) -> None:
        self.say("250-mail.example.com")
        self.say("250 AUTH PLAIN" if self.is_encrypted else "250 STARTTLS")

    def _starttls(self, _line: str) -> None:
        self.say("220 go on")
        self.reader.close()
        self.connection = self.context.wrap_socket(self.connection, server_side=True)
        self.reader, self.is_encrypted = self.connection.makefile("rb"), True

    def _auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
        self.kept.logins.append(user)
        is_right = (user, password) == (USER, PASSWORD)
        self.say("235 welcome" if is_right else f"535 {password} is wrong")

    def _rcpt(self, line: str) -> None:
        self.to.append(line.partition("<")[2].partition(">")[0])
        self.say("250 ok")

    def _data(self, _line: str) -> None:
        self.say("354 go on")
        body = b"".join(iter(self.reader.readline, b".\r\n"))
        self.kept.received.append(message_from_bytes(body, policy=policy.default))  # type: ignore[arg-type]
        self.kept.recipients.append(self.to)
        self.to = []
        self.say("250 taken")

    def _rest(self, _line: str) -> None:
        self.say("250 ok")


def _context(path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = path.with_suffix(".key")
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, private)
    return context
