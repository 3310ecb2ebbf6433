with steps as (
    select * from {{ ref('stg_grafana_oncall__escalation_steps') }}
),

waited as (
    select
        *,
        count(*) filter (where step_type = 'wait') over (
            partition by source_name, chain_id order by position asc nulls last
        ) as waits
    from steps
    qualify observed_at = max(observed_at) over (partition by source_name)
),

-- Whoever is notified before the first wait is called first, after it second, and so on.
ranked as (
    select
        source_name,
        schedule_id,
        dense_rank() over (
            partition by source_name, chain_id order by waits asc nulls last
        ) as level
    from waited
    where step_type like 'notify%'
)

select
    source_name,
    schedule_id,
    min(level) as level
from ranked
where schedule_id is not null
group by source_name, schedule_id
