with events as (
    select * from {{ ref('stg_ocsf__events') }}
),

parted as (
    select
        *,
        class_uid = 3002 as is_login,
        class_uid in (3002, 4005, 4007) as is_connection,
        class_uid in (1007, 3002, 4005, 4007) as is_on_host,
        coalesce(host_name, host_ip, service_name) as place,
        case
            when actor_type in ('AssumedRole', 'Root') or starts_with(actor_name, 'arn:aws')
                then {{ arn_account('actor_uid') }}
        end as actor_of_aws,
        {{ arn_account('user_name') }} as user_of_aws,
        nullif(split_part(api_service, '.', 1), '') as api_name
    from events
),

named as (
    select
        *,
        case
            -- The console calls for the person who clicks; every other service for itself.
            when invoked_by like '%.amazonaws.com' and invoked_by <> 'signin.amazonaws.com'
                then invoked_by
            -- A login is of its user, whoever asked for it; AWS names both, one by an id alone.
            when is_login and (user_uid is distinct from actor_uid)
                then coalesce(user_of_aws, user_name, actor_of_aws, actor_name)
            else coalesce(actor_of_aws, actor_name, user_of_aws, user_name, process_user_name)
        end as account,
        coalesce(class_name, class_uid::varchar)
        || ': '
        || coalesce(activity_name, activity_id::varchar, 'Unknown') as activity,
        concat_ws(
            ' ',
            case when not is_login then coalesce(user_of_aws, user_name) end,
            entity_name,
            privileges,
            thing_name
        ) as target
    from parted
)

select
    event_id,
    source_name,
    occurred_at,
    system,
    account,
    case when is_on_host then place else thing_name end as resource_name,
    -- Who signs in to a provider of identities has reached nothing behind it yet.
    coalesce(
        cloud_account,
        case when not is_on_host then coalesce(api_service, product_name) end
    ) as resource_scope,
    class_uid,
    activity_id,
    coalesce(coalesce(api_name || ':', '') || operation, activity) as action,
    coalesce(command, nullif(target, '')) as object,
    status_id,
    action_id,
    try_cast(response_code as integer) as response_code,
    response_error,
    -- The id of a session is its machine's own.
    case when is_on_host then coalesce(place || ' ', '') || session_uid end as session_key,
    session_created_at,
    source_ip,
    is_mfa,
    product_name,
    actor_type,
    is_login,
    is_connection,
    raw_file,
    raw_line
from named
