"""How much of what is held a plan touches."""

from __future__ import annotations

from typing import Any

from oncall_audit.control.model import Plan


def radius(plan: Plan) -> dict[str, Any]:
    """Return how many people, resources and rights would change, in all and by system."""
    changes = [it for it in plan.changes if it.action != "warn"]
    systems = sorted({it.right.system for it in changes} | set(plan.held))
    return {
        "people": len({it.engineer_id for it in changes if it.engineer_id}),
        "resources": len({it.resource_id for it in changes if it.resource_id}),
        "systems": [_system(plan, system) for system in systems],
    }


def _system(plan: Plan, system: str) -> dict[str, Any]:
    actions = [it.action for it in plan.changes if it.right.system == system]
    held, revoked = plan.held.get(system, 0), actions.count("revoke")
    return {
        "system": system,
        "held": held,
        "granted": actions.count("grant"),
        "revoked": revoked,
        "warned": actions.count("warn"),
        "revoked_percent": round(100 * revoked / held, 1) if held else 0.0,
    }
