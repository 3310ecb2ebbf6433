with actions as (
    select * from {{ ref('int_actions__sessioned') }}
),

windows as (
    select * from {{ ref('int_windows__allowed') }}
    where cause = 'request'
),

-- A trail is named by its ARN or shortly; a daemon by its host.
trails as (
    select
        *,
        regexp_extract(resource_name, '[^/]*$') as trail
    from actions
    where class in ('audit_disabled', 'audit_restored')
),

disabled as (
    select * from trails
    where class = 'audit_disabled'
),

restored as (
    select * from trails
    where class = 'audit_restored'
),

-- A program changes what somebody's approved request asked for; a person what their own did.
unapproved as (
    select disabled.*
    from disabled
    anti join windows
        on disabled.service = windows.service
        and coalesce(disabled.resource_id = windows.resource_id, windows.resource_id is null)
        and (disabled.is_program or disabled.engineer_id = windows.engineer_id)
        and disabled.occurred_at >= windows.started_at
        and disabled.occurred_at < windows.ended_at
),

ended as (
    select
        unapproved.*,
        restored.occurred_at as restored_at,
        {{ seconds_between('unapproved.occurred_at', 'restored.occurred_at') }} as gap_seconds
    from unapproved
    asof left join restored
        on unapproved.system = restored.system
        and unapproved.trail = restored.trail
        and unapproved.occurred_at < restored.occurred_at
)

select
    event_id,
    occurred_at,
    system,
    account,
    resource_name,
    session_id,
    action,
    told,
    raw_file,
    raw_line,
    engineer_id,
    resource_id,
    service,
    who_acted,
    target,
    restored_at,
    gap_seconds
from ended
