{{ kept_by_day() }}

with unioned as (
    select
        {{ event_columns() | indent(4) }}
    from {{ ref('int_generic__events') }}
    {{- of_systems('events') }}
),

judged as (
    select
        *,
        cast(occurred_at as date) as event_day,
        -- Only what got somewhere, or tried to from inside, is part of a session.
        case
            when account is null then session_key is not null and kind = 'session_end'
            when kind in ('session_start', 'session_end') or outcome = 'success' then true
            when kind = 'action' then session_key is not null or outcome in ('failure', 'denied')
            else false
        end as is_member
    from unioned
    where {{ is_replaced('occurred_at') }}
)

select
    * exclude (is_member),
    case
        when is_member and session_key is not null
            then md5(concat_ws(chr(31), system, session_key))
    end as native_session_id,
    case
        when is_member and session_key is null
            then
                md5_number_lower(
                    concat_ws(
                        chr(31), system, account, coalesce(resource_name, resource_scope, ''),
                        epoch_us(session_started_at)
                    )
                )
    end as stream_id
from judged
