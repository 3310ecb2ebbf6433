with located as (
    select * from {{ ref('int_addresses__located') }}
),

published as (
    select
        address,
        cidr,
        network_kind,
        network_id,
        country,
        latitude,
        longitude,
        asn
    from located
    where valid_until is null
)

select * from published
