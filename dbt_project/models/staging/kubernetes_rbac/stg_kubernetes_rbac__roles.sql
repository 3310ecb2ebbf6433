with source as (
    select * from {{ source('landing_kubernetes_rbac', 'kubernetes_rbac__roles') }}
),

renamed as (
    select
        event_key,
        source_name,
        system,
        cluster,
        kind,
        namespace,
        name,
        rules,
        is_default,
        created_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
