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

merged as (
    select
        rule_id,
        who,
        target,
        span_key,
        {{ first_of_each([
            'engineer_id', 'account', 'system', 'resource_id', 'resource_name', 'permission',
            'service', 'session_id', 'raw_file', 'raw_line'
        ]) }},
        -- A rule only ever softens its own severity: one hard row hardens the finding.
        case when count(severity) = count(*) then min(severity) end as severity,
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        max(score) as score,
        list(session_id order by started_at, row_key) filter (where session_id is not null)[:20]
            as session_ids,
        {{ merged_summary() }} as summary,
        {{ merged_evidence() }} as evidence
    from spanned
    group by rule_id, who, target, span_key
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
