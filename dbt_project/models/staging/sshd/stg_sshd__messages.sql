with source as (
    select * from {{ source('landing_sshd', 'sshd__messages') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        coalesce(host, '') as host,
        program,
        pid,
        message,
        occurred_at
    from source
)

select * from renamed
