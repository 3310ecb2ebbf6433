"""No secret in a command or a statement reaches a table, whatever stands around it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import jinja2
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oncall_audit.assets import asset
from oncall_audit.warehouse.connection import literal

SECRET = "Canary4711canary4711canary"


def _macro(own: str = "") -> str:
    source = (asset("dbt_project") / "macros" / "redacted.sql").read_text(encoding="utf-8")
    environment = jinja2.Environment(autoescape=False)
    environment.globals["var"] = lambda _name, default: own or default
    return str(environment.from_string(source).make_module().redacted("it"))  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def _redacted(connection: duckdb.DuckDBPyConnection, text: str, own: str = "") -> str:
    query = f"select {_macro(own)} from (select {literal(text)} as it)"
    (value,) = connection.execute(query).fetchone() or ("",)
    return str(value)


WITH_A_SECRET = [
    "psql --password {}",
    "psql password={}",
    "PGPASSWORD={} psql",
    "export AWS_SECRET_ACCESS_KEY={}",
    "curl -H 'Authorization: Bearer {}' https://example.com",
    "curl -u ada.abel:{} https://example.com",
    "curl --user 'ada:{}' https://example.com",
    "git clone https://ada:{}@example.com/x",
    "git clone https://{}@example.com/x",
    "alter role ada password '{}'",
    "create user ada identified by '{}'",
    "mysql -uroot -p{}",
    "sshpass -p {} ssh host",
    "vault login token={}",
    "deploy --api-key {}",
    '{{"client_secret": "{}"}}',
    "gh auth login ghp_{}",
    "git push https://github_pat_{}",
    "glab auth glpat-{}",
    "x xoxb-{}",
    "x AIza{}",
    "x ya29.{}",
    "x sk_live_{}",
    "x hvs.{}",
    "x eyJ{}.eyJ{}",
    "echo '-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----' > k",
    "echo '-----BEGIN PRIVATE KEY-----\nfirst\n{}",
]
HARMLESS = [
    "ssh ada.abel@host",
    "https://ada.abel@example.com/x",
    "select count(*) from tokens",
    "/usr/bin/ss -tlnp (as root)",
    "curl https://example.com/a",
    "cat /etc/passwd",
    "kubectl get pods -u",
]


@pytest.mark.parametrize("text", WITH_A_SECRET)
def test_a_secret_is_taken_out(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    said = _redacted(connection, text.format(*[SECRET] * 2))

    assert "anary" not in said
    assert "[redacted]" in said


@pytest.mark.parametrize("text", HARMLESS)
def test_all_else_stays_as_it_is(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert _redacted(connection, text) == text


# What a secret may be in a command line: no blank, quote or end of a statement.
_LETTERS = st.characters(categories=("L", "N"), include_characters="_-.+/=")
_AROUND = st.text(st.characters(codec="utf-8", exclude_characters="\x00'\""), max_size=20)


@settings(deadline=None)
@given(
    st.sampled_from([it for it in WITH_A_SECRET if it.split("{}")[0][-1] in "= :'\""]),
    st.text(_LETTERS, min_size=8, max_size=40),
    _AROUND,
)
def test_whatever_the_secret_is(text: str, secret: str, around: str) -> None:
    # In the login of a URL a slash has to be written as %2F.
    assume("://" not in text or "/" not in secret)
    with duckdb.connect() as connection:
        said = _redacted(connection, f"{around} {text.format(f'Q{secret}', f'Q{secret}')} {around}")

    before, _, after = text.partition("{}")
    assert f"Q{secret}" not in said or f"Q{secret}" in before + after + around


def test_what_the_workspace_asks_for_is_taken_out_too(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    own = r"(?:[\w.+-]+@[\w.-]+\.\w+)|(?:\b(?:\d[ -]?){13,16}\b)"

    said = _redacted(connection, "mail ada.abel@example.com of 4111 1111 1111 1111 'x'", own)

    assert said == "mail [redacted] of [redacted] 'x'"
    assert _redacted(connection, "psql password=abc", own) == "psql password=[redacted]"
