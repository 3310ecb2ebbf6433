"""Who should reach what: `policy.yml`, validated, as rows for the warehouse, and over time."""

from __future__ import annotations

from oncall_audit.policy.loading import load_policy
from oncall_audit.policy.model import Policy

__all__ = ["Policy", "load_policy"]
