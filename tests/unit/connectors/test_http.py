"""One request: what is tried again, how long it waits, and how it gives up."""

from __future__ import annotations

import gzip
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oncall_audit.connectors.http import TRIES, Answer, Client, safe_url
from oncall_audit.errors import ConfigurationError, SourceError

TOKEN = "canary-token-4711"
USERS = b'{"users": [{"id": "PADA"}]}'


def ask(server: HTTPServer, *answers: Response, **options: Any) -> Answer:
    """Ask a server that gives these answers one after the other, the last for ever."""
    served = iter(answers[:-1])
    server.expect_request("/users").respond_with_handler(lambda _: next(served, answers[-1]))
    headers = {"Authorization": f"Token token={TOKEN}"}
    with Client(server.url_for("").rstrip("/"), headers, **options) as client:
        return client.get("/users", [("limit", 100)], key="users")


def said(status: int, body: bytes = b"{}", **headers: Any) -> Response:
    """Return an answer; underscores in the names of headers stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(body, status, named, content_type="application/json")


@pytest.fixture
def raw_server() -> Iterator[Callable[[bytes], str]]:
    """Serve bytes as they are, whatever HTTP says, and then close the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(content: bytes) -> str:
        def loop() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(content)

        threading.Thread(target=loop, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    listener.close()


def test_gives_the_bytes_as_they_came(httpserver: HTTPServer) -> None:
    answer = ask(httpserver, said(200, USERS))

    assert (answer.body, answer.document) == (USERS, {"users": [{"id": "PADA"}]})


def test_reads_a_compressed_answer(httpserver: HTTPServer) -> None:
    answer = ask(httpserver, said(200, gzip.compress(USERS), Content_Encoding="gzip"))

    assert answer.document == {"users": [{"id": "PADA"}]}


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_tries_again_after_a_passing_failure(
    httpserver: HTTPServer, waits: list[float], status: int
) -> None:
    answer = ask(httpserver, said(status), said(status), said(200, USERS))

    assert answer.body == USERS
    assert [0.5 * 2 <= waits[0] <= 2, 0.5 * 4 <= waits[1] <= 4] == [True, True]


@pytest.mark.parametrize("status", [429, 500])
def test_gives_up_after_six_tries(httpserver: HTTPServer, waits: list[float], status: int) -> None:
    with pytest.raises(SourceError, match=rf"/users .*\({status}\).*6 times in a row. Run again"):
        ask(httpserver, said(status))

    assert (len(httpserver.log), len(waits)) == (TRIES, TRIES - 1)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7"}, 7.5),
        ({"ratelimit_reset": "12"}, 12.5),
        ({"Retry_After": "soon", "ratelimit_reset": "3"}, 3.5),
        ({"Retry_After": "-5"}, 0.5),
    ],
)
def test_waits_as_long_as_the_server_asks(
    httpserver: HTTPServer, waits: list[float], headers: dict[str, Any], seconds: float
) -> None:
    ask(httpserver, said(429, **headers), said(200, USERS))

    (wait,) = waits
    assert seconds <= wait <= seconds + 1


def test_several_that_are_asked_to_wait_as_long_do_not_all_come_at_once(
    httpserver: HTTPServer, waits: list[float]
) -> None:
    answers = [said(429, Retry_After="7")] * (TRIES - 1)

    ask(httpserver, *answers, said(200, USERS))

    assert len(set(waits)) == TRIES - 1


def test_waits_until_the_date_the_server_names(httpserver: HTTPServer, waits: list[float]) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)

    ask(httpserver, said(429, Retry_After=moment), said(200, USERS))

    assert 50 < waits[0] < 62


@pytest.mark.parametrize("garbage", ["nan", "inf", "1e999", "tomorrow"])
def test_backs_off_when_the_wait_makes_no_sense(
    httpserver: HTTPServer, waits: list[float], garbage: str
) -> None:
    ask(httpserver, said(429, Retry_After=garbage), said(200, USERS))

    assert 1 <= waits[0] <= 2


def test_does_not_wait_for_hours(httpserver: HTTPServer, waits: list[float]) -> None:
    with pytest.raises(SourceError, match=r"asks to wait 61 minutes. Run again later"):
        ask(httpserver, said(429, Retry_After="3600"))

    assert waits == []


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (said(401), "does not accept the token"),
        (said(403), "does not let this token read it"),
        (said(404, b'{"error": {"message": "Not Found"}}'), "answered 404: Not Found"),
        (said(302, Location="https://evil.example"), "redirects elsewhere"),
        (Response("<html>Log in", 200, content_type="text/html"), "a web page instead of JSON"),
        (said(200, b"  <!doctype html>"), "a web page instead of JSON"),
        (said(200, b"[]"), "without the list `users`"),
        (said(200, b'{"users": null}'), "without the list `users`"),
        (said(200, b'{"error": "x"}'), "without the list `users`"),
    ],
)
def test_gives_up_at_once_when_another_try_cannot_help(
    httpserver: HTTPServer, waits: list[float], response: Response, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        ask(httpserver, response)

    assert (len(httpserver.log), waits) == (1, [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"users": [',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{"users": [\r\n',
        b'HTTP/1.1 200 OK\r\n\r\n{"users": [{"id": 1}',
        b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + b"[" * 12,
    ],
)
def test_half_an_answer_is_never_an_answer(
    raw_server: Callable[[bytes], str], waits: list[float], content: bytes
) -> None:
    with (
        Client(raw_server(content)) as client,
        pytest.raises(SourceError, match=r"(broke off|broken or cut off).*6 times in a row"),
    ):
        client.get("/users", key="users")

    assert len(waits) == TRIES - 1


def test_a_refused_connection_says_where(waits: list[float]) -> None:
    with pytest.raises(SourceError, match=r"127.0.0.1:9/users broke off"):
        Client("http://127.0.0.1:9").get("/users", key="users")

    assert len(waits) == TRIES - 1


def test_stops_when_its_minutes_are_over(httpserver: HTTPServer, waits: list[float]) -> None:
    clock = iter(range(0, 10_000, 40))

    with pytest.raises(SourceError, match=r"not read whole after 2 minutes \(last: "):
        ask(httpserver, said(500), minutes=2, clock=lambda: next(clock))

    assert len(waits) < TRIES


@pytest.mark.usefixtures("waits")
@pytest.mark.parametrize("status", [400, 401, 500])
def test_never_tells_the_token(httpserver: HTTPServer, status: int) -> None:
    echo = f'{{"message": "token={TOKEN} is bad, \\u001b[31m{TOKEN}"}}'.encode()

    with pytest.raises(SourceError) as caught:
        ask(httpserver, said(status, echo))

    assert TOKEN not in "".join(traceback.format_exception(caught.value))
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize("token", [f"{TOKEN}\nX: y", f"{TOKEN}\r", f"ä{TOKEN}"])
def test_a_token_that_is_no_header_is_refused_and_not_told(token: str) -> None:
    with pytest.raises(ConfigurationError, match="line break") as caught:
        Client("https://api.example.com", {"Authorization": token})

    assert TOKEN not in "".join(traceback.format_exception(caught.value))


def test_its_representation_hides_the_headers() -> None:
    assert TOKEN not in repr(Client("https://api.example.com", {"Authorization": TOKEN}))


def test_a_password_of_netrc_does_not_replace_the_token(
    httpserver: HTTPServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine localhost login ada password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    ask(httpserver, said(200, USERS))

    assert httpserver.log[0][0].headers["Authorization"] == f"Token token={TOKEN}"


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "https://ada:pw@api.example.com", "ftp://x", "api", ""]
)
def test_refuses_an_address_that_would_give_the_token_away(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        safe_url(url)

    assert "pw" not in str(caught.value)
