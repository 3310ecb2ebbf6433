with settled as (
    select * from {{ ref('int_digests__settled') }}
),

named as (
    select * from {{ ref('int_digests__named') }}
),

contents as (
    select * from {{ ref('int_contents__named') }}
),

-- A file that was once half copied and is whole by now is right; one that ever was another is not.
compared as (
    select
        settled.source_name,
        settled.system,
        named.log_file,
        named.delivered_at,
        named.oldest_at,
        named.newest_at,
        named.sha256 as expected,
        any_value(named.digest_name) as digest_name,
        bool_or(contents.sha256 = named.sha256) as was_right,
        bool_or(contents.sha256 <> named.sha256 and contents.is_whole) as was_another,
        max(contents.sha256) filter (where contents.sha256 <> named.sha256) as actual,
        arg_max(contents.path, (contents.sha256 <> named.sha256, contents.path)) as raw_file
    from named
    inner join settled
        on named.source_name = settled.source_name and named.digest_name = settled.digest_name
    inner join contents
        on named.source_name = contents.source_name and named.file_name = contents.file_name
    group by all
),

changed as (
    select
        source_name,
        system,
        log_file as resource_name,
        'rewritten' as fault,
        1 as files,
        coalesce(oldest_at, delivered_at) as started_at,
        coalesce(newest_at, delivered_at) as ended_at,
        oldest_at,
        newest_at,
        expected,
        actual,
        digest_name,
        raw_file,
        null::bigint as raw_line
    from compared
    where was_another or not was_right
)

select * from changed
