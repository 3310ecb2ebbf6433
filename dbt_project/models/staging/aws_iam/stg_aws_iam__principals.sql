with source as (
    select * from {{ source('landing_aws_iam', 'aws_iam__principals') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        kind,
        name,
        arn,
        group_names,
        attached_policies,
        inline_policies,
        boundary_arn,
        created_at,
        last_used_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
