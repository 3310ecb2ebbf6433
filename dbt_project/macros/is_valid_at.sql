{#
  True where a dated row holds at a moment; a null bound means that there is none, and a null
  moment that any row will do. Each comparison has one relation on each side: DuckDB joins such
  a pair by hash, but compares every row with every row where a whole comparison is in a function.
#}
{% macro is_valid_at(relation, moment) -%}
    coalesce({{ relation }}.valid_from, timestamp '-infinity')
    <= coalesce({{ moment }}, timestamp 'infinity')
    and coalesce({{ relation }}.valid_until, timestamp 'infinity')
    > coalesce({{ moment }}, timestamp '-infinity')
{%- endmacro %}
