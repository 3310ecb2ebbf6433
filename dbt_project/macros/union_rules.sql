{# The rows of every rule under one set of named, typed columns. #}
{% macro union_rules() -%}
{{ each_alone() }}
{% for rule in rule_names() %}
    select
    {% for name, type in finding_columns().items() %}
        cast({{ name }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref(rule) }}
    {{ 'union all ' ~ each_alone() if not loop.last }}
{% endfor %}
{{ each_alone() }}
{%- endmacro %}
