"""What is asked of PostgreSQL's catalogs about roles and their rights, and how answers are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.records import Row, columns, listed, required, rows
from oncall_audit.connectors.times import read_time

# A time out of Python's reach counts as none.
_ROLES = """
    select rolname::text as name, rolcanlogin as can_login, rolsuper as is_superuser,
        rolcreaterole as can_create_roles, rolcreatedb as can_create_databases,
        rolreplication as can_replicate, rolbypassrls as can_bypass_row_security,
        case when rolvaliduntil < '9999-01-01'
            then greatest(rolvaliduntil, '1970-01-01') end as valid_until
    from pg_catalog.pg_roles
"""
# Until version 15 whether a membership inherits is said of the member, and each may be set.
_MEMBERSHIPS = """
    select members.rolname::text as member, roles.rolname::text as role,
        grantors.rolname::text as granted_by, memberships.admin_option as can_administer,
        coalesce((to_jsonb(memberships) ->> 'inherit_option')::boolean, members.rolinherit)
            as is_inherited,
        coalesce((to_jsonb(memberships) ->> 'set_option')::boolean, true) as is_settable
    from pg_catalog.pg_auth_members as memberships
    inner join pg_catalog.pg_roles as members on memberships.member = members.oid
    inner join pg_catalog.pg_roles as roles on memberships.roleid = roles.oid
    left outer join pg_catalog.pg_roles as grantors on memberships.grantor = grantors.oid
"""
# Rights on tables and on their columns are told by schema. What comes with the server or with an
# extension everybody may read, and its owner is who installed it: neither is told.
_GRANTS = """
    with schemas as (
        select oid, nspname::text as name, nspowner, nspacl,
            nspname ~ '^pg_' or nspname = 'information_schema' as is_supplied
        from pg_catalog.pg_namespace
    ),
    tables as (
        select pg_class.oid, schemas.name, relowner, relacl,
            is_supplied or exists (
                select from pg_catalog.pg_depend
                where classid = 'pg_catalog.pg_class'::regclass and objid = pg_class.oid
                    and objsubid = 0 and deptype = 'e'
            ) as is_supplied
        from pg_catalog.pg_class inner join schemas on relnamespace = schemas.oid
        where relkind in ('r', 'v', 'm', 'f', 'p') and relpersistence <> 't'
    ),
    things as (
        select 'database' as kind, null as schema_name, datdba as owner, false as is_supplied,
            coalesce(datacl, acldefault('d', datdba)) as rights
        from pg_catalog.pg_database where datname = current_database()
        union all
        select 'schema', name, nspowner, is_supplied, nspacl from schemas
        union all
        select 'tables', name, relowner, is_supplied, relacl from tables
        union all
        select 'tables', name, relowner, is_supplied, attacl
        from tables inner join pg_catalog.pg_attribute on attrelid = tables.oid
        where attacl is not null and not attisdropped
    ),
    rights as (
        select kind, schema_name, owner as grantee, 'owner' as privilege, null as grantor,
            true as is_grantable
        from things where not is_supplied
        union all
        select kind, schema_name, given.grantee, lower(given.privilege_type), given.grantor,
            given.is_grantable
        from things cross join lateral aclexplode(rights) as given
        where given.grantee <> owner and not (is_supplied and given.grantee = 0)
    )
    select current_database()::text as database_name, kind, schema_name, rights.grantee = 0
        as is_public, grantees.rolname::text as grantee, privilege,
        min(grantors.rolname::text) as granted_by, bool_or(is_grantable) as is_grantable
    from rights
    left outer join pg_catalog.pg_roles as grantees on rights.grantee = grantees.oid
    left outer join pg_catalog.pg_roles as grantors on rights.grantor = grantors.oid
    -- A right of a role that was dropped since is nobody's.
    where rights.grantee = 0 or grantees.rolname is not null
    group by kind, schema_name, rights.grantee, grantees.rolname, privilege
"""
DATABASES = "select datname::text from pg_catalog.pg_database where datallowconn order by 1"
SERVER = {"roles": _ROLES, "memberships": _MEMBERSHIPS}
DATABASE = {"grants": _GRANTS}


def as_json(query: str) -> str:
    """Return the query that gives the rows of one as a single text of JSON."""
    return (
        "select coalesce(jsonb_agg(to_jsonb(found) order by to_jsonb(found)), '[]')::text"
        f" from ({query}) as found"
    )


def decode_roles(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each role."""

    def row(role: Row) -> Iterator[Row]:
        named = {"name": required(role, "name"), "resource": context["resource"]}
        yield {**role, **named, "valid_until": read_time(role.get("valid_until"))}

    return rows(listed(document, "roles"), row)


def decode_memberships(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each membership and who granted it."""

    def row(membership: Row) -> Iterator[Row]:
        yield {**membership, "member": required(membership, "member")}

    return rows(listed(document, "memberships"), row)


def decode_grants(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each right on the database, on a schema, or on tables of a schema."""

    def row(grant: Row) -> Iterator[Row]:
        yield {**grant, "privilege": required(grant, "privilege")}

    return rows(listed(document, "grants"), row)


ROLES = SnapshotTable(
    "roles",
    columns(
        "name resource",
        "valid_until",
        can_login="BOOLEAN",
        is_superuser="BOOLEAN",
        can_create_roles="BOOLEAN",
        can_create_databases="BOOLEAN",
        can_replicate="BOOLEAN",
        can_bypass_row_security="BOOLEAN",
    ),
    decode_roles,
)
MEMBERSHIPS = SnapshotTable(
    "memberships",
    columns(
        "member role granted_by",
        can_administer="BOOLEAN",
        is_inherited="BOOLEAN",
        is_settable="BOOLEAN",
    ),
    decode_memberships,
)
GRANTS = SnapshotTable(
    "grants",
    columns(
        "database_name kind schema_name grantee privilege granted_by",
        is_public="BOOLEAN",
        is_grantable="BOOLEAN",
    ),
    decode_grants,
)
