"""The review of a week, a month or a quarter as a Prefect flow."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger
from prefect.artifacts import create_markdown_artifact
from pydantic import Field

from oncall_audit.periods import Kind
from oncall_audit.pipeline import reviews
from oncall_audit.pipeline.flows import workspace_root
from oncall_audit.workspace import Workspace

Plain = dict[str, Any]


@flow(name="review", persist_result=False)
def review(
    kind: Kind = "weekly",
    period: Annotated[str, Field(min_length=1)] | None = None,
    workspace: str = ".",
) -> Plain:
    """Write the review of a period that is over, and say who still has to sign.

    Args:
        kind: weekly, monthly or quarterly: of which the last period is reviewed.
        period: Another one, such as 2026-W47, 2026-11 or 2026-Q4.
        workspace: The workspace's folder, on the machine of the worker.
    """
    place = Workspace(workspace_root(workspace))
    made = reviews.complete(place, kind, period, datetime.now(UTC))
    for sentence in made["waiting"]:
        get_run_logger().warning(sentence)
    try:
        _show(made)
    except Exception as error:  # noqa: BLE001 - it is written, whatever becomes of the server
        get_run_logger().warning("Prefect does not show the review: %s", error)
    return made


def _show(made: Plain) -> None:
    pages = {Path(path).suffix: Path(path) for path in made["paths"]}
    create_markdown_artifact(
        key=f"oncall-{made['kind']}-review",
        markdown=pages[".md"].read_text(encoding="utf-8"),
        description=f"Review {made['period']}; in full: {pages['.html']}",
    )
