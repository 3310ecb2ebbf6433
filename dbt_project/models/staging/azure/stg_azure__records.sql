with source as (
    select * from {{ source('landing_azure', 'azure__records') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        category,
        operation,
        resource_id,
        tenant_id,
        correlation_id,
        result_type,
        result_text,
        error_code,
        user_principal_name,
        service_principal,
        application,
        target,
        factors,
        device_id,
        source_ip,
        occurred_at
    from source
)

select * from renamed
