"""Writes /var/log/auth.log of every host: no year, no zone, one file a host and day."""

from __future__ import annotations

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from oncall_audit.demo.inventory import log_source
from oncall_audit.demo.machines import HOSTS
from oncall_audit.demo.model import Access, LoginFailure, World
from oncall_audit.demo.writers.files import spread, write_text

Line = tuple[datetime, str, str]


def fingerprint(owner: str) -> str:
    """Return the fingerprint of the key of a person, or of an account that is nobody's."""
    return f"SHA256:{b64encode(sha256(f'key of {owner}'.encode()).digest()).decode().rstrip('=')}"


_COMMANDS = (
    "/usr/bin/systemctl status app",
    "/usr/bin/systemctl restart app",
    "/usr/bin/journalctl -u app --since today",
    "/usr/bin/tail -n 200 /var/log/app/app.log",
    "/usr/bin/ss -tlnp",
    "/usr/bin/df -h",
)


def write_sshd(world: World, root: Path) -> int:
    """Write the logs below `root` and return the number of lines."""
    return _Hosts(world).write(root)


def _key(made: Access) -> str:
    if made.form == "certificate":
        # The gateway makes a new key for each, and names whom it issued it to.
        key, authority = fingerprint(str(made.started_at)), fingerprint("the gateway")
        return f"ED25519-CERT {key} ID {made.credential.key} (serial 0) CA ED25519 {authority}"
    return f"ED25519 {fingerprint(made.credential.key or made.engineer_id or made.account)}"


class _Hosts:
    """Numbers processes host by host, as each kernel does."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.process: defaultdict[str, int] = defaultdict(lambda: 1200)

    def write(self, root: Path) -> int:
        files: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
        total = 0
        for line in self._lines():
            files[line[1], line[0].strftime("%Y-%m-%d")].append(line)
            total += 1
        for (host, day), lines in sorted(files.items()):
            folder = root / "logs" / "sshd" / log_source("linux", host)
            lines.sort(key=lambda each: each[0])
            text = "".join(
                f"{at:%b} {at.day:>2} {at:%H:%M:%S} {host} {rest}\n" for at, host, rest in lines
            )
            write_text(folder / host / f"auth-{day}.log", text)
        return total

    def _lines(self) -> Iterator[Line]:
        for made in self.world.accesses:
            if made.system == "linux":
                yield from self._session(made)
        for failure in self.world.failures:
            if failure.system == "linux":
                yield from self._failure(failure)
        for host in HOSTS:
            yield from self._cron(host)

    def _next(self, host: str) -> int:
        self.process[host] += self.world.random.randint(1, 9)
        return self.process[host]

    def _session(self, made: Access) -> Iterator[Line]:
        host, who, process = made.target, made.account, self._next(made.target)
        # Newer daemons log by another name.
        daemon = f"{'sshd-session' if host.startswith('data') else 'sshd'}[{process}]"
        port = self.world.random.randint(32768, 60999)
        source = f"{who} from {made.address} port {port}"
        number = 1000 + sum(map(ord, who)) % 900
        accepted = f"{daemon}: Accepted publickey for {source} ssh2: {_key(made)}"
        yield made.started_at, host, accepted
        opened = f"pam_unix(sshd:session): session opened for user {who}(uid={number}) by (uid=0)"
        yield made.started_at, host, f"{daemon}: {opened}"
        yield from self._commands(made, number)
        if made.form == "lost_end":
            return
        child = f"{daemon.partition('[')[0]}[{self._next(host)}]"
        goodbye = f"Received disconnect from {made.address} port {port}:11: disconnected by user"
        yield made.ended_at, host, f"{child}: {goodbye}"
        closed = f"pam_unix(sshd:session): session closed for user {who}"
        yield made.ended_at, host, f"{daemon}: {closed}"

    def _commands(self, made: Access, number: int) -> Iterator[Line]:
        host, who = made.target, made.account
        terminal = self.world.random.randint(0, 5)
        usual = max(1, made.actions // 3)
        times = spread(made.started_at, made.ended_at, usual + len(made.said))
        for command, at in zip(self._typed(usual, made.said), times, strict=True):
            where = f"TTY=pts/{terminal} ; PWD=/home/{who} ; USER=root ; COMMAND={command}"
            opened = f"session opened for user root(uid=0) by {who}(uid={number})"
            yield at, host, f"sudo: {who:>8} : {where}"
            yield at, host, f"sudo: pam_unix(sudo:session): {opened}"
            yield at, host, "sudo: pam_unix(sudo:session): session closed for user root"

    def _typed(self, usual: int, said: tuple[str, ...]) -> Iterator[str]:
        for _ in range(usual):
            yield self.world.random.choice(_COMMANDS)
        yield from said

    def _failure(self, failure: LoginFailure) -> Iterator[Line]:
        host, daemon = failure.target, f"sshd[{self._next(failure.target)}]"
        port = self.world.random.randint(32768, 60999)
        source = f"{failure.account} from {failure.address} port {port}"
        if not failure.is_known:
            yield failure.at, host, f"{daemon}: Invalid user {source}"
            yield failure.at, host, f"{daemon}: Failed password for invalid user {source} ssh2"
            return
        refused = f"Failed password for {source} ssh2"
        if failure.repeated > 1:
            repeated = f"message repeated {failure.repeated} times: [ {refused}]"
            yield failure.at, host, f"{daemon}: {repeated}"
            return
        unit = "authentication failure; logname= uid=0 euid=0 tty=ssh ruser="
        rest = f"rhost={failure.address}  user={failure.account}"
        yield failure.at, host, f"{daemon}: pam_unix(sshd:auth): {unit} {rest}"
        yield failure.at, host, f"{daemon}: {refused}"

    def _cron(self, host: str) -> Iterator[Line]:
        source = log_source("linux", host)
        silent = [s for s in self.world.silences if s.source == source]
        at = self.world.since + timedelta(minutes=17)
        while at < self.world.until:
            if not any(each.started_at <= at < each.ended_at for each in silent):
                process = self._next(host)
                opened = "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)"
                yield at, host, f"CRON[{process}]: {opened}"
                yield (
                    at,
                    host,
                    f"CRON[{process}]: pam_unix(cron:session): session closed for user root",
                )
            at += timedelta(hours=3)
