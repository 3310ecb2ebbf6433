with source as (
    select * from {{ source('landing_aws_iam', 'aws_iam__policies') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        arn,
        name,
        document,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
