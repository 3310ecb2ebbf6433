with protected as (
    select * from {{ ref('int_sessions__protected') }}
),

clocks as (
    select * from {{ ref('int_clocks__skewed') }}
),

-- What a host whose clock is known to be off calls ten o'clock is not ten o'clock at the gateway.
clocked as (
    select
        protected.*,
        protected.started_at
        - coalesce(cast(round(clocks.offset_seconds) as bigint), 0) * interval '1 second'
            as passed_at
    from protected
    left outer join clocks
        on protected.system = clocks.system
        and lower(protected.resource_name) = clocks.host
        and protected.gateway_system = clocks.reference_system
        and protected.started_at between clocks.started_at and clocks.ended_at
)

select
    {{ sighting_columns() }},
    gateway,
    gateway_system,
    is_elsewhere,
    passed_at
from clocked
