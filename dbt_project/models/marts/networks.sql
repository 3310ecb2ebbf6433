with networks as (
    select * from {{ ref('stg_policy__networks') }}
),

published as (
    select
        cidr,
        kind,
        name,
        country,
        latitude,
        longitude,
        asn
    from networks
    where valid_until is null
)

select * from published
