"""The policy as rows: the tables and columns of the warehouse's schema `policy`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Any

from oncall_audit.policy import networks
from oncall_audit.policy.on_call import ALWAYS, WEEKDAYS

if TYPE_CHECKING:
    from oncall_audit.policy.model import Policy, Service

Rows = Iterator[tuple[Any, ...]]


def rows(policy: Policy) -> dict[str, list[tuple[Any, ...]]]:
    """Return every table's rows in the order of its columns; '*' for resources is written out."""
    found: dict[str, Rows] = {
        "services": _services(policy),
        "service_schedules": _service_schedules(policy),
        "service_hours": _service_hours(policy),
        "resources": _resources(policy),
        "resource_names": _resource_names(policy),
        "sensitive_commands": _sensitive_commands(policy),
        "sensitive_tables": _sensitive_tables(policy),
        "role_access": _role_access(policy),
        "shift_access": _shift_access(policy),
        "exceptions": _exceptions(policy),
        "privileged": _patterns(policy.privileged),
        "break_glass": _patterns(policy.break_glass),
        "service_accounts": _patterns(policy.service_accounts),
        "automation": _patterns(policy.automation),
        "credential_limits": _credential_limits(policy),
        "networks": networks.network_rows(policy.networks),
        "gateways": networks.gateway_rows(policy.gateways),
        "gateway_addresses": networks.gateway_addresses(policy.gateways),
        "gateway_resources": networks.gateway_resources(policy.gateways),
    }
    return {name: list(dict.fromkeys(table)) for name, table in found.items()}


def _services(policy: Policy) -> Rows:
    for name, service in policy.services.items():
        yield name, service.tier, _teams(service)


def _teams(service: Service) -> str | None:
    # One text, as the resource's own `owner_team` is one: the rules take it apart at the commas.
    return ", ".join(service.owner_teams) or None


def _service_schedules(policy: Policy) -> Rows:
    for name, service in policy.services.items():
        for schedule in service.schedules:
            yield name, schedule, False
        for schedule in service.fallback_schedules:
            yield name, schedule, True


def _service_hours(policy: Policy) -> Rows:
    for name, service in policy.services.items():
        for hours in service.on_call_hours or (ALWAYS,):
            for day in hours.days:
                weekday = WEEKDAYS.index(day) + 1
                yield name, weekday, hours.starts, hours.ends, hours.time_zone


def _resources(policy: Policy) -> Rows:
    for name, resource in policy.resources.items():
        service = policy.services[resource.service]
        tier = service.tier if resource.tier is None else resource.tier
        team = resource.owner_team or _teams(service)
        yield name, resource.kind, resource.service, tier, team


def _resource_names(policy: Policy) -> Rows:
    for name, resource in policy.resources.items():
        for system, glob in _patterns(resource.names):
            yield name, system, glob


def _role_access(policy: Policy) -> Rows:
    for role in policy.roles:
        for resource in _written_out(role.resources, policy.resources):
            for permission in role.permissions:
                yield role.team, role.role, resource, permission


def _shift_access(policy: Policy) -> Rows:
    for shift in policy.shifts:
        own = [name for name, it in policy.resources.items() if it.service == shift.service]
        for resource in _written_out(shift.resources, own):
            for permission in shift.permissions:
                yield shift.service, resource, permission


def _exceptions(policy: Policy) -> Rows:
    for it in policy.exceptions:
        until = it.expires.astimezone(UTC).replace(tzinfo=None)
        for resource in _written_out((it.resource,), policy.resources):
            yield it.engineer, resource, it.permission, it.owner, it.reason, until


def _credential_limits(policy: Policy) -> Rows:
    for pattern, hours in policy.credential_limits.items():
        for system, glob in _patterns((pattern,)):
            yield system, glob, hours


def _sensitive_commands(policy: Policy) -> Rows:
    for it in policy.sensitive_commands:
        yield it.name, it.system, it.pattern, it.unless


def _sensitive_tables(policy: Policy) -> Rows:
    for name, resource in policy.resources.items():
        for table in resource.sensitive_tables:
            yield name, table.lower()


def _patterns(patterns: Iterable[str]) -> Rows:
    for pattern in patterns:
        system, _, glob = pattern.partition(":")
        yield system.strip(), glob.strip()


def _written_out(names: Iterable[str], everything: Iterable[str]) -> list[str]:
    chosen = list(names)
    return list(everything) if "*" in chosen else chosen
