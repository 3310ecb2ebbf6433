with directory as (
    select * from {{ ref('int_directory__unioned') }}
),

unnested as (
    select
        source_name,
        engineer_id as holder_id,
        observed_at,
        unnest(from_json(try_cast(accounts as json), '["JSON"]')) as entry
    from directory
),

named as (
    select
        source_name,
        holder_id,
        observed_at,
        entry ->> '$.system' as system,
        entry ->> '$.account' as account,
        coalesce(
            lower(entry ->> '$.kind'),
            case when holder_id is null then 'service' else 'human' end
        ) as kind,
        lower(entry ->> '$.is_enabled') = 'true' as is_enabled
    from unnested
),

-- What a program or several people use is nobody's own, whoever answers for it.
listed as (
    select
        source_name,
        observed_at,
        system,
        {{ account_key('account') }} as account,
        kind,
        case when kind = 'human' then holder_id end as engineer_id,
        bool_or(coalesce(is_enabled, false)) as is_enabled
    from named
    where account is not null
    group by all
)

select * from listed
