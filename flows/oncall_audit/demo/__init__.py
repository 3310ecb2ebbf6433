"""An invented organisation with planted violations, written in the vendors' own formats."""

from oncall_audit.demo.answers import Answers
from oncall_audit.demo.scoring import Score, score
from oncall_audit.demo.workspace_writer import write_demo

__all__ = ["Answers", "Score", "score", "write_demo"]
