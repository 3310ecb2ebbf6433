"""Writes `oncall-audit.yml` and `policy.yml`, for people to read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from oncall_audit.demo.inventory import ROLE_PERMISSIONS, elevated, standing
from oncall_audit.demo.model import Service, World
from oncall_audit.demo.networks import policy_lines
from oncall_audit.demo.people import TEAMS
from oncall_audit.demo.writers.files import write_text

_CONFIGURATION = """\
# The workspace of an invented organisation. Everything in it was generated; answers.json
# tells what an audit should find, and what it should pass over.
organisation: Example Payments
# The zone in which reviewed weeks and months begin and end; everything is stored in UTC.
time_zone: Europe/Berlin
first_window_days: {days}

sources:
  # --- access logs ----------------------------------------------------------------------
  cloudtrail: {{type: aws_cloudtrail, path: logs/cloudtrail, system: aws}}
  hosts: {{type: sshd, path: logs/sshd/hosts, system: linux, time_zone: UTC}}
  # Shipped by an agent of its own, so it can fall silent alone.
  search_hosts: {{type: sshd, path: logs/sshd/search_hosts, system: linux, time_zone: UTC}}
  payments_db: {{type: postgresql, path: logs/postgresql/payments, resource: payments-db}}
  search_db: {{type: postgresql, path: logs/postgresql/search, resource: search-db}}
  teleport: {{type: teleport, path: logs/teleport}}

  # --- who was on call, and what was on fire ------------------------------------------------
  pagerduty: {{type: pagerduty, path: exports/pagerduty}}

  # --- people, what they hold, and what they asked for -------------------------------------
  directory: {{type: generic, kind: directory, path: exports/directory}}
  database_permissions:
    {{type: generic, kind: permissions, path: exports/permissions/postgresql, system: postgresql}}
  host_permissions:
    {{type: generic, kind: permissions, path: exports/permissions/linux, system: linux}}
  gateway_permissions:
    {{type: generic, kind: permissions, path: exports/permissions/teleport, system: teleport}}
  iam: {{type: aws_iam, path: exports/aws_iam, system: aws}}
  requests: {{type: generic, kind: requests, path: exports/requests}}
"""

_RULES = """\
# Rights that count as privileged, as "<system>:<right>".
privileged:
  - "aws:AdministratorAccess"
  - "linux:sudo"
  - "postgresql:admin"
  - "postgresql:superuser"
  - "teleport:admin"
  - "*:root"

# Rights and accounts that only an incident may call for.
break_glass: ["aws:BreakGlass*", "aws:assumed-role/BreakGlass*", "postgresql:breakglass_*"]

# Accounts that are no people.
service_accounts:
  - "aws:terraform"
  - "aws:assumed-role/app-*"
  - "aws:app-*"
  - "aws:AWSReservedSSO_*"
  - "aws:*.amazonaws.com"
  - "linux:deploy"
  - "linux:backup"
  - "postgresql:app_*"
  - "teleport:bot-*"

# By what programs grant rights: groups that follow the directory, the on-call job, requests.
automation: ["*:group:*", "*:on-call"]

# A bot's certificate may last a week.
credential_limits: {"teleport:bot-*": 168}

# What access control may grant and take away: oncall-audit access plan
control:
  managed: ["*:admin", "postgresql:superuser", "linux:sudo", "linux:root"]
  protected: ["postgresql:breakglass_*"]
  warn_before_remove_hours: {not_in_policy: 24}

# The demo covers five weeks only, so permissions count as unused sooner than usual.
thresholds: {dormant_days: 30, dormant_privileged_days: 20}
"""


def write_configuration(world: World, root: Path) -> None:
    """Write both files into `root`."""
    days = (world.until - world.since).days
    write_text(root / "oncall-audit.yml", _CONFIGURATION.format(days=days))
    write_text(root / "policy.yml", "\n".join(_policy(world)))


def _list(items: Iterable[str]) -> str:
    return f"[{', '.join(items)}]"


def _quoted(items: Iterable[str]) -> str:
    return _list(f'"{item}"' for item in items)


def _policy(world: World) -> Iterable[str]:
    yield "# Who should reach what. Everything that the logs show beyond it is a finding.\n"
    yield "# How far an allowed window reaches past the shift or the incident that opens it."
    yield "grace: {before_minutes: 15, after_minutes: 30, incident_after_minutes: 60}\n"
    yield "# What teams own and are on call for. Messaging is run by two teams together."
    yield "services:"
    for service in world.services.values():
        teams, schedules = _list(service.teams), _list(service.schedules)
        yield f"  {service.name}:"
        head = f"tier: {service.tier}, owner_teams: {teams}, schedules: {schedules}"
        yield f"    {{{head}{_covered(service)}}}"
    yield "\n# What is monitored, and what the systems call it."
    yield "resources:"
    for resource in world.resources.values():
        head = f"kind: {resource.kind.replace(' ', '_')}, service: {resource.service}"
        yield f"  {resource.resource_id}:"
        yield f"    {{{head}, tier: {resource.tier}, owner_team: {resource.team},"
        tagged = f"     sensitive_tables: {_quoted(resource.sensitive_tables)},"
        yield from [tagged] if resource.sensitive_tables else []
        yield f"     names: {_quoted(resource.globs)}}}"
    yield from _rights(world)
    yield from _exceptions(world)
    yield from policy_lines()
    yield ""
    yield _RULES


def _covered(service: Service) -> str:
    said = ""
    if service.fallback_schedules:
        said += f",\n     fallback_schedules: {_list(service.fallback_schedules)}"
    if service.hours:
        starts, ends, zone = service.hours
        span = f'{{starts: "{starts}", ends: "{ends}", time_zone: {zone}}}'
        said += f",\n     on_call_hours: [{span}]"
    return said


def _rights(world: World) -> Iterable[str]:
    yield "\n# What everybody in a team may hold at any time; using it still takes a reason."
    yield "roles:"
    for team in TEAMS:
        for permission in ROLE_PERMISSIONS.values():
            held = [r for _, r, p in standing(team) if p == permission]
            if held:
                resources = _list(dict.fromkeys(held))
                yield f"  - {{team: {team}, resources: {resources}, permissions: [{permission}]}}"
    cloud = "resources: [platform-cloud], permissions: [ReadOnlyAccess, 'inline:own-credentials']"
    yield f"  - {{team: platform, {cloud}}}"
    for new in world.renamed:
        for team in TEAMS:
            if (new.system, new.resource_name, new.permission) in standing(team):
                names = f"resources: [{new.resource_name}], permissions: [{new.new_permission}]"
                yield f"  - {{team: {team}, {names}}}"
    yield "\n# What a shift adds, for as long as it lasts."
    yield "shifts:"
    for service in world.services:
        for _, resource, permission in elevated(service):
            names = f"resources: [{resource}], permissions: [{permission}]"
            yield f"  - {{service: {service}, {names}}}"


def _exceptions(world: World) -> Iterable[str]:
    yield "\n# Standing exceptions: one person each, with an owner, a reason and an end."
    yield "exceptions:"
    for each in world.exemptions:
        what = f"engineer: {each.engineer_id}, resource: {each.resource_id}"
        yield f"  - {{{what}, permission: {each.permission},"
        yield f"     owner: {each.owner}, reason: {each.reason}, expires: 2026-12-31}}"
    yield ""
