with found as (
    select * from {{ ref('int_findings__gathered') }}
),

explained as (
    select * from {{ ref('int_findings__explained') }}
),

kept as (
    select
        found.*,
        coalesce(
            found.started_at > max(found.ended_at) over (
                partition by found.rule_id, found.who, found.target
                order by found.started_at, found.row_key
                rows between unbounded preceding and 1 preceding
            ),
            false
        ) as is_apart
    from found
    anti join explained on found.row_key = explained.row_key
),

spanned as (
    select
        {% for name in finding_columns() %}
        {{ name }},
        {% endfor %}
        who,
        target,
        row_key,
        concat_ws(
            '|', rule_id, who, target,
            count(*) filter (where is_apart) over (
                partition by rule_id, who, target
                order by started_at, row_key
                rows between unbounded preceding and current row
            )
        ) as span_key
    from kept
)

select * from spanned
