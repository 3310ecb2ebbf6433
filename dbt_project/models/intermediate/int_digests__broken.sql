with settled as (
    select
        *,
        min(started_at) over (partition by source_name, chain) as chain_since
    from {{ ref('int_digests__settled') }}
),

contents as (
    select * from {{ ref('int_contents__named') }}
),

held as (
    select distinct
        source_name,
        sha256
    from contents
),

linked as (
    select * from settled
    where previous_name is not null
),

compared as (
    select
        linked.*,
        count(contents.path) > 0 as is_there,
        coalesce(bool_or(contents.sha256 = linked.previous_sha256), false) as was_right,
        coalesce(
            bool_or(contents.sha256 <> linked.previous_sha256 and contents.is_whole), false
        ) as was_another,
        max(contents.sha256) filter (
            where contents.sha256 <> linked.previous_sha256
        ) as actual
    from linked
    left outer join contents
        on linked.source_name = contents.source_name
        and linked.previous_name = contents.file_name
    group by all
),

-- Before the first digest that was copied there is none, and of what is there under another name
-- nothing is lost.
judged as (
    select
        compared.*,
        case
            when compared.was_another or (compared.is_there and not compared.was_right)
                then 'changed'
            when
                not compared.is_there
                and held.sha256 is null
                and compared.chain_since < compared.started_at
                then 'absent'
            when compared.previous_signature = 'wrong' then 'unsigned'
        end as fault
    from compared
    left outer join held
        on compared.source_name = held.source_name and compared.previous_sha256 = held.sha256
),

broken as (
    select
        source_name,
        system,
        previous_name as resource_name,
        fault,
        1 as files,
        started_at,
        ended_at,
        previous_sha256 as expected,
        coalesce(actual, fault) as actual,
        digest_name,
        raw_file,
        raw_line
    from judged
    where fault is not null
)

select * from broken
