"""A trail in its bucket: what was delivered on some days, kept in a folder as it lies there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from oncall_audit.connectors.aws import visible
from oncall_audit.connectors.base import Window
from oncall_audit.connectors.s3 import Bucket, Object, opened
from oncall_audit.connectors.telling import tell
from oncall_audit.errors import SourceError, SourceMissing

# A day's first digest names files and a digest of the day before, and AWS may deliver late.
_MARGIN = timedelta(days=1)
_AT_ONCE = 8
_NAMED = 20
_TOLD_EVERY = 100
_ROOT = "AWSLogs/"
_KINDS = ("CloudTrail", "CloudTrail-Digest")
_ACCOUNT = re.compile(r"\d{12}")
_ORGANISATION = re.compile(r"o-[a-z0-9]{10,32}")
_REGION = re.compile(r"[a-z]{2}[a-z0-9-]+-\d+")
_DAY = re.compile(r"\d{4}/\d\d/\d\d(?=/)")

Counts = Counter[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one kind of files of one account and region lies; the prefix ends in a slash."""

    account: str
    region: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Trail:
    """The log files and digests of all accounts in a bucket, or of those that are named."""

    bucket: str
    prefix: str = ""
    region: str | None = None
    organization_id: str | None = None
    accounts: tuple[str, ...] = ()
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def fetch(self, window: Window, folder: Path) -> None:
        """Keep below the folder all that was delivered in the window or a day around it."""
        bucket = opened(self.bucket, self.region)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = self._listed(pool, bucket, *self._days(window))
            objects = [it for objects in found.values() for it in objects]
            targets = [folder / self._name(it) for it in objects]
            # What goes wrong with one calls the others off.
            for number, _ in enumerate(pool.map(bucket.keep, objects, targets), start=1):
                if number % _TOLD_EVERY == 0:
                    tell(f"{number:,} of {len(objects):,} objects are here")

    def look(self) -> str:
        """Say which accounts and regions something was delivered for since yesterday."""
        now = self.now()
        first, last = self._days(Window(now, now))
        bucket = opened(self.bucket, self.region)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            had = _counted(self._listed(pool, bucket, first, last))
        return f"{had.total()} objects since {first}, of {_told(had)}"

    def _listed(
        self, pool: ThreadPoolExecutor, bucket: Bucket, first: date, last: date
    ) -> dict[Place, list[Object]]:
        places = list(self._places(bucket))
        listed = pool.map(lambda it: list(_delivered(bucket, it, first, last)), places)
        found = dict(zip(places, listed, strict=True))
        self._check(found, first, last)
        return found

    def _days(self, window: Window) -> tuple[date, date]:
        since, until = (window.since - _MARGIN).astimezone(UTC), window.until + _MARGIN
        return since.date(), min(until, self.now()).astimezone(UTC).date()

    def _places(self, bucket: Bucket) -> Iterator[Place]:
        accounts = sorted(self._accounts(bucket))
        for account, base in accounts:
            for kind in _KINDS:
                for region in bucket.folders(f"{base}{kind}/"):
                    if _REGION.fullmatch(region):
                        yield Place(account, region, f"{base}{kind}/{region}/")
        if not accounts:
            raise SourceMissing(
                f"s3://{self.bucket}/{self._root} holds no account's folder:"
                " correct `bucket`, `prefix` and `organization_id`."
            )

    @property
    def _root(self) -> str:
        prefix = self.prefix.strip("/")
        own = f"{self.organization_id}/" if self.organization_id else ""
        return f"{prefix}/{_ROOT}{own}" if prefix else f"{_ROOT}{own}"

    def _accounts(self, bucket: Bucket) -> Iterator[tuple[str, str]]:
        if self.accounts:
            yield from ((it, f"{self._root}{it}/") for it in self.accounts)
            return
        roots = [self._root]
        for root in roots:
            for name in bucket.folders(root):
                if _ACCOUNT.fullmatch(name):
                    yield name, f"{root}{name}/"
                elif root == self._root and _ORGANISATION.fullmatch(name):
                    roots.append(f"{root}{name}/")

    def _check(self, found: dict[Place, list[Object]], first: date, last: date) -> None:
        """Refuse a bucket with nothing at all, or of an account that is named, as no answer."""
        had = _counted(found)
        silent = set(self.accounts) - {account for account, _ in had}
        if silent or not had:
            others = (
                f"only of {_told(had)}"
                if had
                else f"though folders of {_told(_counted(found, least=0))}"
            )
            raise SourceError(
                f"s3://{self.bucket}/{self._root} has nothing that was delivered from {first} to"
                f" {last} of {', '.join(sorted(silent)) or 'any account'}, {others}: look whether"
                " the trail is on, and at `prefix`, `organization_id` and `accounts`."
            )

    def _name(self, found: Object) -> str:
        """Return where a file lies below the folder: as in the bucket, without the prefix."""
        name = found.key[self._root.rindex(_ROOT) :]
        if any(part[:1] in ("", ".") or "\0" in part for part in name.split("/")):
            raise SourceError(
                f"s3://{self.bucket}/{visible(found.key)} has a name that no file of a trail has:"
                " find out who put it there, and remove it."
            )
        return name


def _delivered(bucket: Bucket, place: Place, first: date, last: date) -> Iterator[Object]:
    """Yield what was delivered on those days: AWS names the folders of a region by the day."""
    for found in bucket.objects(place.prefix, f"{place.prefix}{first:%Y/%m/%d}"):
        day = _DAY.match(found.key, len(place.prefix))
        if day is None or found.key.endswith("/"):
            continue
        if day.group() > f"{last:%Y/%m/%d}":
            return
        yield found


def _counted(found: dict[Place, list[Object]], least: int = 1) -> Counts:
    counts: Counts = Counter()
    for place, objects in found.items():
        counts[place.account, place.region] += len(objects)
    return Counter({place: count for place, count in counts.items() if count >= least})


def _told(counts: Counts) -> str:
    regions: dict[str, list[str]] = {}
    for account, region in sorted(counts):
        regions.setdefault(account, []).append(region)
    told = [f"{account} ({', '.join(names)})" for account, names in regions.items()]
    more = f" and {len(told) - _NAMED} more accounts" if len(told) > _NAMED else ""
    return (", ".join(told[:_NAMED]) or "nobody") + more
