with unusual_volume as (
    select * from {{ ref('unusual_volume') }}
),

anomalies as (
    select
        rule_id,
        engineer_id,
        session_id,
        score,
        summary as explanation,
        sha256(rule_id || '|' || session_id) as anomaly_id,
        cast(evidence as varchar) as baseline
    from unusual_volume
)

select * from anomalies
