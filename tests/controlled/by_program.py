"""A system that is asked by a program of its own, whose state is a file beside it."""

from __future__ import annotations

import json
import shutil
import sys
from abc import abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from controlled.system import System

KINDS = ("fails", "lost")
_SOURCES = Path(__file__).parent / "programs"


@dataclass
class ByProgram(System):
    """Installs the program in a folder; `trouble.json` there tells it what should go wrong."""

    folder: Path
    program: str = field(init=False, default="")
    content: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds, self.read_kinds = KINDS, (*KINDS, "half", "garbage")
        source = (_SOURCES / f"{self.program}.py").read_text(encoding="utf-8")
        shutil.copy(_SOURCES / "shared.py", self.folder)
        # Without site-packages Python starts in a few milliseconds.
        self.path.write_text(f"#!{sys.executable} -SEB\n{source}", encoding="utf-8")
        self.path.chmod(0o755)
        self.reset()

    @property
    def path(self) -> Path:
        """The executable."""
        return self.folder / self.program

    @abstractmethod
    def begin(self) -> dict[str, Any]:
        """Return the state at the beginning."""

    def reset(self) -> None:
        self.write(self.begin())
        (self.folder / "calls").write_text("")
        (self.folder / "trouble.json").unlink(missing_ok=True)

    def read(self) -> dict[str, Any]:
        """Return the program's state."""
        content: dict[str, Any] = json.loads((self.folder / "state.json").read_text())
        return content

    def write(self, content: dict[str, Any]) -> None:
        """Replace the program's state."""
        (self.folder / "state.json").write_text(json.dumps(content))

    def calls(self) -> list[list[str]]:
        """Return the arguments of each call."""
        lines = (self.folder / "calls").read_text().splitlines()
        return [json.loads(line) for line in lines]

    @contextmanager
    def troubled(self, kind: str, first: int) -> Any:
        (self.folder / "calls").write_text("")
        trouble = self.folder / "trouble.json"
        trouble.write_text(json.dumps({"kind": kind, "first": first}))
        try:
            yield
        finally:
            trouble.unlink()
            self.asked = len(self.calls())
