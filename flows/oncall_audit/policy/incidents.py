"""Which incidents are audited by themselves once they are over, and when once more."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

from oncall_audit.policy.fields import Texts
from oncall_audit.validation import Strict


class Incidents(Strict):
    """What makes an incident a major one."""

    major_severities: Texts = Field(
        ("critical", "sev0", "sev1", "p0", "p1"),
        description="Severities or priorities, or globs of them in any case, that are major.",
    )
    major_services: Texts = Field((), description="Services of which every incident is major.")
    again_after_hours: Annotated[float, Field(ge=1, le=720)] = Field(
        24, description="Hours after its end until a major incident is audited again."
    )

    def is_major(self, severity: str | None, *services: str | None) -> bool:
        """Say whether an incident is major: by its severity, or by a name or id of its service."""
        word = (severity or "").casefold()
        if word and any(fnmatchcase(word, it.casefold()) for it in self.major_severities):
            return True
        names = {it.casefold() for it in services if it}
        return not names.isdisjoint(it.casefold() for it in self.major_services)
