"""A trail in a bucket, read and landed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from servers.aws_s3 import BUCKET
from werkzeug import Request, Response

from oncall_audit import landing
from oncall_audit.connectors.aws_cloudtrail import AwsCloudTrail
from oncall_audit.connectors.base import Window

ADAS, BENS = "111122223333", "444455556666"
WINDOW = Window(datetime(2024, 1, 9, tzinfo=UTC), datetime(2024, 1, 10, tzinfo=UTC))
Trouble = Callable[[int, Request], Response | None]


def key(day: int, number: int = 0, account: str = ADAS, region: str = "eu-central-1") -> str:
    name = f"{account}_CloudTrail_{region}_202401{day:02}T1005Z_{number}.json.gz"
    return f"AWSLogs/{account}/CloudTrail/{region}/2024/01/{day:02}/{name}"


def event(number: int, day: int = 9) -> dict[str, Any]:
    return {"eventTime": f"2024-01-{day:02}T10:00:00Z", "eventID": str(number), "eventName": "a"}


def kept(folder: Path) -> list[str]:
    """Return the files of the copy that are read."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name[0] != ".")
    return sorted(str(path.relative_to(folder)) for path in files)


def read(folder: Path, window: Window = WINDOW, **options: Any) -> list[str]:
    """Read the bucket; return the files that are yielded."""
    connector = AwsCloudTrail(path=folder, **{"bucket": BUCKET, **options})
    return [str(file.path.relative_to(folder)) for file in connector.read(window)]  # type: ignore[union-attr]


def land(
    tmp_path: Path, window: Window = WINDOW, progress: Callable[[str], None] | None = None
) -> landing.Landed:
    connector = AwsCloudTrail(path=tmp_path / "copy", bucket=BUCKET)
    return landing.land(
        connector,
        source_name="s",
        system="aws",
        window=window,
        folder=tmp_path / "landing",
        now=window.until,
        progress=progress,
    )


def on_object(answer: Callable[[int], Response | None]) -> Trouble:
    """Answer in the place of the bucket whenever an object is asked for."""
    seen: list[str] = []

    def trouble(_: int, request: Request) -> Response | None:
        if not request.path.endswith(".gz"):
            return None
        seen.append(request.path)
        return answer(len(seen))

    return trouble
