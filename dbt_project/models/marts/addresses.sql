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
)

select * from published
