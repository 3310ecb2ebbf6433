with secrets as (
    select * from {{ ref('int_secrets__read') }}
),

asked as (
    select
        *,
        'many' as kind,
        recent_since as since,
        -- One finding a day: whoever goes on reading is told of once.
        cast(cast(occurred_at as date) as varchar) as told_once
    from secrets
    where recent_count >= {{ var('secret_reads') }}
    union all
    select
        *,
        'outside' as kind,
        occurred_at as since,
        session_id as told_once
    from secrets
    where is_outside
),

read as (
    select
        kind,
        system,
        who_acted,
        any_value(engineer_id) as engineer_id,
        any_value(account) as account,
        if(kind = 'many', null, any_value(resource_id)) as resource_id,
        if(kind = 'many', 'secrets', any_value(resource_name)) as resource_name,
        if(kind = 'many', null, any_value(service)) as service,
        arg_min(session_id, (occurred_at, event_id)) as session_id,
        min(since) as started_at,
        max(occurred_at) as ended_at,
        case kind
            when 'many' then arg_max(recent_secrets, (recent_count, occurred_at))
            else list(distinct secret)
        end as names,
        list(event_id order by occurred_at, event_id)[:20] as event_ids,
        any_value(checked_words) as checked_words,
        arg_min(raw_file, (occurred_at, event_id)) as raw_file,
        arg_min(raw_line, (occurred_at, event_id)) as raw_line
    from asked
    group by kind, system, who_acted, coalesce(engineer_id, account), told_once
),

findings as (
    select
        'secret_read' as rule_id,
        null as severity,
        * exclude (kind, who_acted, names, event_ids, checked_words, raw_file, raw_line),
        null as permission,
        cast(len(names) as double) as score,
        case kind
            when 'many'
                then
                    who_acted || ' read ' || len(names) || ' different secrets (' || system
                    || ') within {{ var("secret_minutes") }} min, from '
                    || {{ moment('started_at') }}
                    || ': ' || array_to_string(list_sort(names)[:3], ', ') || ' and others.'
            else
                who_acted || ' read the secret ' || array_to_string(list_sort(names)[:3], ', ')
                || ' of ' || service || ' (' || system || ') at ' || {{ moment('started_at') }}
                || ': not on shift for ' || service || ', ' || checked_words || '.'
        end as summary,
        json_object('secrets', list_sort(names)[:50], 'count', len(names), 'event_ids', event_ids)
            as evidence,
        raw_file,
        raw_line
    from read
)

select * from findings
