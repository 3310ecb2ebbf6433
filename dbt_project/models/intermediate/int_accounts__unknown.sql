with sighted as (
    select * from {{ ref('int_accounts__sighted') }}
),

identities as (
    select * from {{ ref('int_identities__resolved') }}
),

snapshots as (
    select * from {{ ref('int_snapshots__good') }}
    where kind = 'directory'
),

run as (
    select * from {{ ref('int_run__current') }}
),

newest as (
    select max(observed_at) as observed_at
    from snapshots
),

gathered as (
    select
        system,
        account,
        {{ account_skeleton('account') }} as skeleton,
        min(first_at) as first_at,
        max(last_at) as last_at,
        sum(events) as events,
        max(first_session_id) as first_session_id,
        max(first_file) as first_file,
        max(first_line) as first_line,
        array_to_string(list_sort(list_distinct(flatten(list(resources)))), ', ') as resources,
        array_to_string(list_sort(list_distinct(flatten(list(permissions)))), ', ') as permissions,
        max(sources) as sources
    from sighted
    group by system, account
),

alike as (
    select
        {{ account_skeleton('account') }} as skeleton,
        string_agg(distinct account, ', ' order by account) as accounts
    from identities
    where engineer_id is not null
    group by all
),

-- Whoever came after the newest snapshot of the directory may stand in the next.
unknown as (
    select
        gathered.system,
        gathered.account,
        gathered.first_at,
        gathered.last_at,
        gathered.events,
        gathered.first_session_id,
        gathered.first_file,
        gathered.first_line,
        gathered.resources,
        gathered.permissions,
        gathered.sources,
        alike.accounts as skeleton_match,
        newest.observed_at as directory_at
    from gathered
    cross join newest
    cross join run
    left outer join alike on gathered.skeleton = alike.skeleton
    where
        gathered.first_at <= newest.observed_at
        or gathered.first_at <= run.until - interval '{{ var("directory_sync_hours") }} hours'
)

-- Without a directory nobody is known, which says nothing about anybody.
select *
from unknown
where exists (select 1 from alike)
