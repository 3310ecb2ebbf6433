"""How much of the machine a DuckDB of this program may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """Threads, memory such as `2GB`, and the folder for what does not fit in that memory.

    Without `spill` it goes to the folder that the part names itself.
    """

    threads: int = 2
    memory: str = "2GB"
    spill: Path | None = None

    def options(self, part: str, own: Path) -> dict[str, str | bool | int | float | list[str]]:
        """Return them as DuckDB's options for one part of the program, which spills alone.

        Two DuckDBs would take each other's files in one folder for their own.
        """
        return {
            "threads": self.threads,
            "memory_limit": self.memory,
            "temp_directory": str(self.spill / part if self.spill else own),
        }

    def half(self) -> Bounds:
        """Return them for one of two parts that are at work at the same time."""
        amount = self.memory.rstrip("BGKMTi ")
        unit = self.memory.removeprefix(amount)
        return replace(self, memory=f"{float(amount) / 2:g}{unit}")

    def plain(self) -> dict[str, Any]:
        """Return them as JSON-plain values, fit for another process."""
        spill = str(self.spill) if self.spill else None
        return {"threads": self.threads, "memory": self.memory, "spill": spill}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Bounds:
        """Make them again of their plain values."""
        spill = Path(plain["spill"]) if plain["spill"] else None
        return cls(plain["threads"], plain["memory"], spill)


USUAL = Bounds()
