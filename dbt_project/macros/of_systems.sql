{# What every system in use tells of a part (events, granted, …), to stand behind rows of the same
   columns: system s tells it in a model int_<s>__<part>, and nothing else names it. Which systems
   these are a run passes as `systems`, all of them while dbt parses. #}
{% macro of_systems(part) -%}
{%- set systems = var('systems', {}) -%}
{%- for system in systems[part] if systems is mapping %}
    union all
    select
        {{ part_columns(part) | join(',\n        ') }}
    from {{ ref('int_' ~ system ~ '__' ~ part) }}
{%- endfor %}
{%- endmacro %}
