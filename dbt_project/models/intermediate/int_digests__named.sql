{{ kept_by_day() }}

with digests as (
    select
        *,
        cast(observed_at as date) as event_day
    from {{ ref('stg_aws_cloudtrail__digests') }}
),

unnested as (
    select
        source_name,
        regexp_extract(digest, '[^/]+$') as digest_name,
        event_day,
        unnest(
            from_json(log_files, '["JSON"]')
        ) as told
    from digests
    where {{ is_replaced() }}
),

named as (
    select
        source_name,
        digest_name,
        event_day,
        told ->> '$.name' as log_file,
        regexp_extract(log_file, '^(.*)/[^/]*$', 1) as folder,
        regexp_replace(regexp_extract(log_file, '[^/]+$'), '[.]gz$', '') as file_name,
        {{ trail_of('file_name') }} as trail,
        {{ delivery_of('file_name') }} as delivered_at,
        told ->> '$.sha256' as sha256,
        try_cast(told ->> '$.oldest' as timestamp) as oldest_at,
        try_cast(told ->> '$.newest' as timestamp) as newest_at
    from unnested
)

select * from named
