with digests as (
    select * from {{ ref('stg_aws_cloudtrail__digests') }}
),

extracted as (
    select * from {{ ref('int_coverage__extracted') }}
),

-- What a digest names may come some time after it: then the source has to have been read again.
settled as (
    select
        digests.source_name,
        digests.system,
        regexp_extract(digests.digest, '[^/]+$') as digest_name,
        regexp_replace(digest_name, '_\d{8}T\d{6}Z', '') as chain,
        replace(
            regexp_extract(digest_name, '\d+_CloudTrail-Digest_[a-z0-9-]+'), '-Digest', ''
        ) as trail,
        digests.started_at,
        digests.ended_at,
        extracted.since as audited_since,
        regexp_replace(
            regexp_extract(digests.previous_digest, '[^/]+$'), '[.]gz$', ''
        ) as previous_name,
        digests.previous_sha256,
        digests.previous_signature,
        digests.raw_file,
        digests.raw_line
    from digests
    inner join extracted
        on digests.source_name = extracted.source_name
        and digests.ended_at > extracted.since
        and digests.ended_at + interval '{{ var("digest_lag_hours") }} hours' <= extracted.until
)

select * from settled
