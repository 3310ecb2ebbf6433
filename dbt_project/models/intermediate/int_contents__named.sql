with contents as (
    select * from {{ ref('stg_control__contents') }}
),

named as (
    select
        source_name,
        path,
        regexp_replace(regexp_extract(path, '[^/]+$'), '[.]gz$', '') as file_name,
        {{ trail_of('file_name') }} as trail,
        {{ delivery_of('file_name') }} as delivered_at,
        sha256,
        is_whole
    from contents
)

select * from named
