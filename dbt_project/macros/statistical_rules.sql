{# The rules that compare with a baseline: their signals are ranked in `anomalies`, and they are silent until warm. #}
{% macro statistical_rules() -%}
    {{ return([
        'concurrent_networks',
        'first_seen_country',
        'first_seen_device',
        'first_seen_network',
        'first_seen_resource',
        'impossible_travel',
        'peer_outlier',
        'unusual_hour',
        'unusual_volume',
    ]) }}
{%- endmacro %}

{# The same as an SQL list. #}
{% macro statistical_rule_ids() -%}
    ('{{ statistical_rules() | join("', '") }}')
{%- endmacro %}
