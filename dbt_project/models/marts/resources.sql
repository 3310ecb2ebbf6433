with resources as (
    select * from {{ ref('stg_policy__resources') }}
    where valid_until is null
),

published as (
    select
        resource_id,
        kind,
        service,
        tier::integer as tier,
        owner_team
    from resources
)

select * from published
