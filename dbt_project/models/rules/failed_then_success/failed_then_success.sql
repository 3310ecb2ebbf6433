with logins as (
    select * from {{ ref('int_logins__streaked') }}
),

engineers as (
    select * from {{ ref('int_engineers__current') }}
),

guessed as (
    select
        successes.event_id,
        sum(failures.tries) as failures,
        min(failures.occurred_at) as first_failed_at,
        list_sort(list(distinct failures.source_ip))[1:20] as sources,
        list_sort(list(failures.event_id))[1:20] as events
    from logins as successes
    inner join logins as failures
        on successes.system = failures.system
        and successes.identity = failures.identity
        and successes.streak = failures.streak
        and successes.occurred_at
        <= failures.occurred_at + interval '{{ var("success_after_minutes") }} minutes'
    where not successes.is_failure and failures.is_failure
    group by successes.event_id
    having sum(failures.tries) >= {{ var('success_after_failures') }}
),

entered as (
    select
        logins.*,
        guessed.* exclude (guessed.event_id)
    from guessed
    inner join logins on guessed.event_id = logins.event_id
),

familiar as (
    select distinct entered.event_id
    from entered
    inner join {{ ref('int_logins__identified') }} as known
        on entered.identity = known.identity
        and entered.source_ip = known.source_ip
        and not known.is_failure
        and entered.first_failed_at > known.occurred_at
        and entered.first_failed_at - to_days({{ var('known_source_days') }}) <= known.occurred_at
),

findings as (
    select
        'failed_then_success' as rule_id,
        case when familiar.event_id is not null then 'medium' end as severity,
        entered.engineer_id,
        entered.account,
        entered.system,
        entered.resource_id,
        entered.resource_name,
        null as permission,
        entered.service,
        entered.session_id,
        entered.first_failed_at as started_at,
        entered.occurred_at as ended_at,
        cast(entered.failures as double) as score,
        coalesce(engineers.name, entered.account) || ' logged in to ' || entered.system || ' at '
        || {{ moment('entered.occurred_at') }} || ' after ' || entered.failures || ' failures from '
        || {{ moment('entered.first_failed_at') }} || '; the source '
        || if(entered.source_ip is null, 'is not known to be', 'is')
        || if(familiar.event_id is null and entered.source_ip is not null, ' not', '')
        || ' one that they used in the {{ var("known_source_days") }} days before.' as summary,
        json_object(
            'failures', entered.failures, 'sources', entered.sources, 'event_ids', entered.events,
            'window', date_diff('second', entered.first_failed_at, entered.occurred_at),
            'is_known_source', if(entered.source_ip is null, null, familiar.event_id is not null)
        ) as evidence,
        entered.raw_file,
        entered.raw_line
    from entered
    left outer join familiar on entered.event_id = familiar.event_id
    left outer join engineers on entered.engineer_id = engineers.engineer_id
)

select * from findings
