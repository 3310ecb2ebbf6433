"""Runs that end anywhere in a week of shifts: the next one makes good what they left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from situation import right

from oncall_audit.control.model import Held, Right
from oncall_audit.evidence import register

from .memory import Crash
from .week import AFTER, DAY, HOUR, MONDAY, Week


@dataclass
class Ending:
    """Counts each write to the register and each change of the server; ends the process at one."""

    week: Week
    at: int
    count: int = 0

    @property
    def system(self) -> str:
        return "postgresql"

    def held(self) -> Iterator[Held]:
        return self.week.reached.held()

    def grant(self, right: Right, until: datetime | None) -> None:
        self.tick()
        self.week.reached.grant(right, until)
        self.tick()

    def revoke(self, right: Right) -> None:
        self.tick()
        self.week.reached.revoke(right)
        self.tick()

    def run(self, at: datetime) -> bool:
        """Let the week run; say whether that came to its end."""
        append = register.append

        def written(*arguments: Any) -> str:
            self.tick()
            line = append(*arguments)
            self.tick()
            return line

        self.week.provider = self
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(register, "append", written)
            try:
                self.week.run(at)
            except Crash:
                return False
            finally:
                self.week.provider = self.week.reached
        return True

    def tick(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Crash


def test_a_run_that_ends_at_any_point_is_made_good_by_the_next(week: Week) -> None:
    evening = MONDAY + 21 * HOUR
    for point in count(1):
        week.situation.workspace.register.unlink(missing_ok=True)
        week.reached.grant(right("ada"), MONDAY + 20 * HOUR + AFTER)
        week.reached.revoke(right("ben"))

        is_over = Ending(week, point).run(evening)

        assert week.run(evening + HOUR / 4).alarms == []
        week.check(evening + HOUR / 4)
        proof = week.verify(evening + HOUR)
        assert (proof.undone, proof.unmade, proof.waiting) == ([], [], [])
        # Nothing that was done to anybody is without its proof in the register.
        proven = [who for step, who in week.steps() if step == "verified"]
        assert sorted(proven) == ["ada", "ben"]
        if is_over:
            break
    # Of two changes: planned, approved, started and applied, and the change itself, each twice.
    assert point == 2 * (2 + 1 + 2 * 2 + 2) + 1


def test_a_week_in_which_every_run_is_cut_off_ends_as_it_should(week: Week) -> None:
    at = MONDAY
    for point in count(1):
        if at >= MONDAY + 7 * DAY:
            break
        Ending(week, 1 + point * 5 % 17).run(at)
        done = week.run(at)
        week.check(at)
        at = done.next_at or MONDAY + 8 * DAY

    proof = week.verify(at)
    assert (proof.undone, proof.unmade, proof.waiting) == ([], [], [])
