with claimed as (
    select * from {{ ref('int_identities__claimed') }}
),

cuts as (
    select
        system,
        account,
        valid_from as cut_at
    from claimed
    union
    select
        system,
        account,
        valid_until as cut_at
    from claimed
    where valid_until is not null
),

spans as (
    select
        system,
        account,
        cut_at as valid_from,
        lead(cut_at) over (partition by system, account order by cut_at) as valid_until
    from cuts
),

-- Two people who hold one account at one time share it, and then it is neither's.
settled as (
    select
        spans.system,
        spans.account,
        spans.valid_from,
        spans.valid_until,
        case
            when count(distinct claimed.engineer_id) = 1 then max(claimed.engineer_id)
        end as engineer_id,
        case
            when count(distinct claimed.engineer_id) = 1 then 'human'
            when count(distinct claimed.engineer_id) > 1 then 'shared'
            else max(claimed.kind)
        end as kind
    from spans
    inner join claimed
        on spans.system = claimed.system
        and spans.account = claimed.account
        and spans.valid_from >= claimed.valid_from
        and spans.valid_from < coalesce(claimed.valid_until, timestamp 'infinity')
    group by all
)

select * from settled
