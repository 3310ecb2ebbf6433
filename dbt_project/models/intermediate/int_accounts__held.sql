with identities as (
    select * from {{ ref('int_identities__resolved') }}
),

-- One holder at a time: where two claim an account, the later claim ends the earlier.
ordered as (
    select
        system,
        account,
        engineer_id,
        kind,
        coalesce(valid_from, timestamp '-infinity') as valid_from,
        coalesce(valid_until, timestamp 'infinity') as valid_until,
        lead(coalesce(valid_from, timestamp '-infinity')) over (
            partition by system, account
            order by
                coalesce(valid_from, timestamp '-infinity'),
                coalesce(valid_until, timestamp 'infinity'),
                engineer_id nulls first
        ) as next_from
    from identities
),

held as (
    select
        system,
        account,
        engineer_id,
        kind,
        valid_from,
        least(valid_until, coalesce(next_from, timestamp 'infinity')) as valid_until
    from ordered
)

select * from held
where valid_from < valid_until
