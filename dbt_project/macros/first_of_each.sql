{# Each column as the first row of its group has it, null or not. #}
{% macro first_of_each(columns) -%}
    {% for column in columns -%}
        first({{ column }} order by started_at, row_key) as {{ column }}{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}
