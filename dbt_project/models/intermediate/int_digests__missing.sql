with settled as (
    select * from {{ ref('int_digests__settled') }}
),

named as (
    select * from {{ ref('int_digests__named') }}
),

contents as (
    select * from {{ ref('int_contents__named') }}
),

-- Who copies a trail from a day on has nothing from before, and no digest of it either way.
held as (
    select
        source_name,
        trail,
        min(delivered_at) as held_since
    from contents
    where trail is not null
    group by source_name, trail
),

due as (
    select
        settled.system,
        settled.raw_file,
        settled.raw_line,
        named.source_name,
        named.digest_name,
        named.folder,
        named.file_name,
        named.sha256,
        named.delivered_at,
        named.oldest_at,
        named.newest_at
    from named
    inner join settled
        on named.source_name = settled.source_name and named.digest_name = settled.digest_name
    inner join held on named.source_name = held.source_name and named.trail = held.trail
    where named.delivered_at >= greatest(held.held_since, settled.audited_since)
),

-- A file under another name is there all the same.
missing as (
    select due.*
    from due
    anti join contents
        on due.source_name = contents.source_name and due.file_name = contents.file_name
),

lost as (
    select missing.*
    from missing
    anti join contents
        on missing.source_name = contents.source_name and missing.sha256 = contents.sha256
),

counted as (
    select
        source_name,
        system,
        folder as resource_name,
        'missing' as fault,
        count(distinct file_name) as files,
        date_trunc('day', min(delivered_at)) as started_at,
        started_at + interval '1 day' as ended_at,
        min(oldest_at) as oldest_at,
        max(newest_at) as newest_at,
        array_to_string(list_sort(list(distinct file_name))[:20], ', ') as expected,
        'absent' as actual,
        arg_min(digest_name, raw_file) as digest_name,
        min(raw_file) as raw_file,
        arg_min(raw_line, raw_file) as raw_line
    from lost
    group by source_name, system, folder
)

select * from counted
