"""The services, what belongs to them, and the accounts that are no people."""

from __future__ import annotations

from oncall_audit.demo.model import Resource, Service

CLOUDS = {
    "payments": "111122223333",
    "search": "444455556666",
    "platform": "123456789012",
    "data": "777788889999",
}
REGION = "eu-central-1"
UNLISTED_CLOUD = "210987654321"
PREFIXES = {"payments": "pay", "search": "srch", "platform": "plat", "data": "data"}
IDENTITY_CLOUD = CLOUDS["platform"]

SERVICE_ACCOUNTS: tuple[tuple[str, str, str], ...] = (
    ("linux", "deploy", "service"),
    ("linux", "backup", "service"),
    ("linux", "console", "shared"),
    ("postgresql", "app_payments", "service"),
    ("postgresql", "app_search", "service"),
    ("postgresql", "app_report", "service"),
    ("teleport", "bot-ci", "service"),
    ("aws", "terraform", "service"),
    *(("aws", f"app-{team}", "service") for team in CLOUDS),
)

# On the policy's list: what a team may hold at any time, and what a shift adds, by system.
ROLE_PERMISSIONS = {"postgresql": "read", "linux": "login", "teleport": "access"}
SHIFT_PERMISSIONS = {"postgresql": "admin", "linux": "sudo", "teleport": "admin"}


def services() -> dict[str, Service]:
    """Return the services; messaging is run by two teams together."""
    own = [
        Service(team, (team,), (f"{team.title()} primary", f"{team.title()} secondary"), tier)
        for team, tier in (("payments", 1), ("search", 2), ("platform", 1), ("data", 2))
    ]
    shared = Service("messaging", ("payments", "search"), ("Payments primary", "Search primary"), 2)
    return {service.name: service for service in (*own, shared)}


def _team_resources(team: str, tier: int) -> list[Resource]:
    prefix, group, cloud = PREFIXES[team], f"{team}-hosts", CLOUDS[team]
    hosts = tuple(f"{prefix}-app-{number}" for number in (1, 2, 3))
    instances = tuple(f"i-0{prefix[:2].encode().hex()}{number:012x}" for number in (17, 34))
    return [
        Resource(
            group,
            "server",
            team,
            tier,
            team,
            {"linux": hosts, "teleport": hosts, "aws": instances},
            (
                f"linux:{prefix}-app-*",
                f"linux:{group}",
                f"teleport:{prefix}-app-*",
                f"teleport:{group}",
                *(f"aws:{instance}" for instance in instances),
            ),
        ),
        Resource(
            f"{team}-cloud", "cloud account", team, tier, team, {"aws": (cloud,)}, (f"aws:{cloud}",)
        ),
    ]


def _database(
    name: str, service: str, tier: int, database: str | None, *sensitive: str
) -> Resource:
    targets = {"teleport": (name,)} | ({"postgresql": (database,)} if database else {})
    globs = [f"teleport:{name}"]
    if database:
        globs += [f"postgresql:{name}", f"postgresql:{database}"]
    return Resource(name, "database", service, tier, service, targets, tuple(globs), sensitive)


def resources() -> dict[str, Resource]:
    """Return the inventory."""
    bus = Resource(
        "message-bus",
        "server",
        "messaging",
        2,
        "payments",
        {"linux": ("bus-1", "bus-2")},
        ("linux:bus-*", "linux:message-bus"),
    )
    # Reached through the gateway alone, for backups and by nobody's routine.
    backups = Resource(
        "backup-hosts",
        "server",
        "platform",
        3,
        "platform",
        {"linux": ("bak-1",), "teleport": ("bak-1",), "aws": ("i-0ba0000000000017",)},
        ("linux:bak-*", "teleport:bak-*", "aws:i-0ba0000000000017"),
    )
    listed = [
        *(
            Resource(f"{team}-secrets", "secrets", team, 3, team, {}, (f"aws:{team}/*",))
            for team in ("payments", "search")
        ),
        *_team_resources("payments", 1),
        _database("payments-db", "payments", 1, "payments", "customers"),
        *_team_resources("search", 2),
        _database("search-db", "search", 2, "catalog"),
        *_team_resources("platform", 1),
        *_team_resources("data", 2),
        _database("data-warehouse", "data", 2, None, "*_people"),
        _database("archive-db", "data", 3, None),
        bus,
        backups,
    ]
    return {resource.resource_id: resource for resource in listed}


def standing(team: str) -> list[tuple[str, str, str]]:
    """Return (system, resource, permission) of what everybody in `team` holds at any time."""
    held = [(s, f"{team}-hosts", ROLE_PERMISSIONS[s]) for s in ("linux", "teleport")]
    if team in ("payments", "search"):
        held += [("postgresql", f"{team}-db", "read"), ("linux", "message-bus", "login")]
    if team == "data":
        held.append(("teleport", "data-warehouse", "access"))
    return held


def elevated(service: str) -> list[tuple[str, str, str]]:
    """Return (system, resource, permission) of what a shift for `service` adds."""
    held = {
        "payments": [("postgresql", "payments-db"), ("linux", "payments-hosts")],
        "search": [("postgresql", "search-db"), ("linux", "search-hosts")],
        "platform": [("teleport", "platform-hosts"), ("linux", "platform-hosts")],
        "data": [("teleport", "data-warehouse"), ("linux", "data-hosts")],
    }
    return [(s, resource, SHIFT_PERMISSIONS[s]) for s, resource in held.get(service, [])]


def log_source(system: str, target: str) -> str:
    """Return the source in whose logs an access to `target` stands."""
    if system == "postgresql":
        return "payments_db" if target == "payments" else "search_db"
    if system == "linux":
        return "search_hosts" if target.startswith("srch-") else "hosts"
    return {"aws": "cloudtrail"}.get(system, system)
