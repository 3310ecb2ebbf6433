with source as (
    select * from {{ source('landing_aws_cloudtrail', 'aws_cloudtrail__digests') }}
),

renamed as (
    select
        source_name || ':' || event_key as digest_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        digest,
        bucket,
        previous_digest,
        previous_sha256,
        previous_signature,
        log_files,
        observed_at,
        started_at,
        ended_at
    from source
)

select * from renamed
