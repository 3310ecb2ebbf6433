with source as (
    select * from {{ source('landing_github', 'github__events') }}
),

renamed as (
    select
        source_name || ':' || event_key as event_id,
        batch_id,
        raw_file,
        raw_line,
        source_name,
        system,
        document_id,
        action,
        actor,
        saml_name,
        user_login,
        org,
        repo,
        team,
        business,
        object_name,
        permission,
        visibility,
        operation_type,
        token_kind,
        token_hash,
        source_ip,
        country,
        user_agent,
        actor_is_bot,
        occurred_at
    from source
)

select * from renamed
