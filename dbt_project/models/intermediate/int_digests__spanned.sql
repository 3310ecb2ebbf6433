with settled as (
    select * from {{ ref('int_digests__settled') }}
),

broken as (
    select * from {{ ref('int_digests__broken') }}
),

-- What was changed afterwards vouches for nothing.
sound as (
    select settled.*
    from settled
    anti join broken
        on settled.source_name = broken.source_name
        and regexp_replace(settled.digest_name, '[.]gz$', '') = broken.resource_name
),

marked as (
    select
        *,
        coalesce(
            started_at > max(ended_at) over (
                partition by source_name, chain
                order by started_at, ended_at
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new
    from sound
),

numbered as (
    select
        *,
        sum(is_new::integer) over (
            partition by source_name, chain
            order by started_at, ended_at
        ) as island
    from marked
),

spanned as (
    select
        source_name,
        chain,
        trail,
        min(started_at) as started_at,
        max(ended_at) as ended_at
    from numbered
    group by source_name, chain, trail, island
)

select * from spanned
