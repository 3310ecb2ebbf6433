"""What one check of `doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found; `note` is worth knowing and stops nothing."""

    subject: str
    state: Literal["ok", "note", "fail"]
    text: str
