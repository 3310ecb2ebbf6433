with extractions as (
    select * from {{ ref('stg_control__extractions') }}
    where state = 'complete'
),

marked as (
    select
        *,
        coalesce(
            since > max(until) over (
                partition by source_name
                order by since, until
                rows between unbounded preceding and 1 preceding
            ),
            true
        ) as is_new
    from extractions
),

numbered as (
    select
        *,
        sum(is_new::integer) over (
            partition by source_name
            order by since, until
        ) as island
    from marked
),

extracted as (
    select
        source_name,
        min(since) as since,
        max(until) as until
    from numbered
    group by source_name, island
)

select * from extracted
