{# The first row's sentence, and how many more the finding stands for. #}
{% macro merged_summary() -%}
    first(summary order by started_at, row_key)
    || case when count(*) > 1 then ' The same again ' || count(*) - 1 || ' more time(s) without a break.' else '' end
{%- endmacro %}
