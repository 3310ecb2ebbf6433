{# A field of CSV as it was before it was quoted; an empty one is null. #}
{% macro csv_unquoted(field) -%}
nullif(
    case
        when regexp_matches({{ field }}, '^".*"$', 's') then replace({{ field }}[2:-2], '""', '"')
        else {{ field }}
    end,
    ''
)
{%- endmacro %}
