with roles as (
    select * from {{ ref('stg_postgresql_roles__roles') }}
),

told as (
    select
        source_name,
        observed_at,
        name as role,
        unnest([
            case when is_superuser then 'superuser' end,
            case when can_create_roles then 'createrole' end,
            case when can_create_databases then 'createdb' end,
            case when can_replicate then 'replication' end,
            case when can_bypass_row_security then 'bypassrls' end
        ]) as permission
    from roles
)

select
    source_name,
    observed_at,
    role,
    permission,
    permission <> 'createdb' as is_privileged
from told
where permission is not null
