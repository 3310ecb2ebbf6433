with responders as (
    select * from {{ ref('int_incident_responders') }}
),

published as (
    select
        incident_id,
        engineer_id,
        joined_at
    from responders
)

select * from published
