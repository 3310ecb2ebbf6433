{# What is usual, from the log of the actions a session: the columns of a baseline over `sessions`. #}
{% macro volume_baseline(sessions) -%}
    count(*) as sessions,
    count(distinct cast({{ sessions }}.started_at as date)) as active_days,
    min({{ sessions }}.started_at) as since,
    median({{ sessions }}.volume) as median_volume,
    mad({{ sessions }}.volume) as mad_volume,
    quantile_cont({{ sessions }}.action_count, 0.95) as p95
{%- endmacro %}
