"""The demo organisation, written and audited, as tests hand it round."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.demo import Answers
    from oncall_audit.pipeline.run import Outcome


@dataclass(frozen=True)
class Organisation:
    """The demo organisation as it is written, before any audit."""

    root: Path
    answers: Answers

    def copy_to(self, root: Path) -> Workspace:
        """Copy it, with the files' times: a log line without a year has it from them."""
        shutil.copytree(self.root, root)
        return Workspace(root)


@dataclass(frozen=True)
class Audited:
    """The demo organisation after its first audit, and what that came to."""

    workspace: Workspace
    answers: Answers
    outcome: Outcome
