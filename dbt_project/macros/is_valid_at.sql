{# True where a dated row holds at a moment; a null bound means that there is none. #}
{% macro is_valid_at(relation, moment) -%}
    coalesce({{ relation }}.valid_from <= {{ moment }}, true)
    and coalesce({{ relation }}.valid_until > {{ moment }}, true)
{%- endmacro %}
