with source as (
    select * from {{ source('landing_kubernetes_rbac', 'kubernetes_rbac__subjects') }}
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
        role_kind,
        role_name,
        subject_kind,
        subject_name,
        subject_namespace,
        is_default,
        created_at,
        observed_at,
        batch_id,
        raw_file,
        raw_line
    from source
)

select * from renamed
