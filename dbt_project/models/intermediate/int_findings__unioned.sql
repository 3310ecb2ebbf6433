{{ config(materialized='table') }}

with spanned as (
    select * from {{ ref('int_findings__spanned') }}
),

explained as (
    select * from {{ ref('int_findings__explained') }}
),

also as (
    select
        spanned.span_key,
        string_agg(distinct explained.rule_id, ', ' order by explained.rule_id) as also_matched
    from spanned
    inner join explained on spanned.row_key = explained.explained_by
    group by spanned.span_key
),

placed as (
    select
        *,
        row_number() over (
            partition by rule_id, who, target, span_key order by started_at, row_key
        ) as place
    from spanned
),

firsts as (
    select * from placed
    where place = 1
),

spans as (
    select
        span_key,
        count(*) as rows,
        -- A rule only ever softens its own severity: one hard row hardens the finding.
        case when count(severity) = count(*) then min(severity) end as severity,
        max(ended_at) as ended_at,
        max(score) as score,
        list(session_id order by place) filter (where session_id is not null)[:20] as session_ids
    from placed
    group by span_key
),

-- Of most there is no more: what only some have is not asked of all.
others as (
    select
        span_key,
        json_object('merged', list(cast(evidence as json) order by place)) as evidence
    from placed
    where place between 2 and 21
    group by span_key
),

merged as (
    select
        firsts.rule_id,
        firsts.who,
        firsts.target,
        firsts.span_key,
        firsts.engineer_id,
        firsts.account,
        firsts.system,
        firsts.resource_id,
        firsts.resource_name,
        firsts.permission,
        firsts.service,
        firsts.session_id,
        firsts.raw_file,
        firsts.raw_line,
        spans.severity,
        firsts.started_at,
        spans.ended_at,
        spans.score,
        spans.session_ids,
        firsts.summary || case
            when spans.rows > 1
                then ' The same again ' || spans.rows - 1 || ' more time(s) without a break.'
            else ''
        end as summary,
        case
            when others.evidence is null then firsts.evidence
            else cast(json_merge_patch(cast(firsts.evidence as json), others.evidence) as varchar)
        end as evidence
    from firsts
    inner join spans on firsts.span_key = spans.span_key
    left outer join others on firsts.span_key = others.span_key
),

identified as (
    select
        merged.rule_id,
        merged.severity,
        merged.engineer_id,
        merged.account,
        merged.system,
        merged.resource_id,
        merged.resource_name,
        merged.permission,
        merged.service,
        merged.session_id,
        merged.session_ids,
        merged.started_at,
        merged.ended_at,
        merged.score,
        merged.summary,
        merged.evidence,
        merged.raw_file,
        merged.raw_line,
        also.also_matched,
        sha256(concat_ws(
            '|', merged.rule_id, merged.who, merged.target,
            strftime(merged.started_at, '%Y-%m-%dT%H:%M:%S.%fZ')
        )) as finding_id
    from merged
    left outer join also on merged.span_key = also.span_key
)

select * from identified
