with settled as (
    select * from {{ ref('int_digests__settled') }}
),

unverified as (
    select
        'digests' as input,
        'the public_keys of ' || source_name || ' lack the key of ' || count(*)
        || if(count(*) = 1, ' digest', ' digests') as reason
    from settled
    where previous_signature = 'unknown key'
    group by source_name
)

select * from unverified
