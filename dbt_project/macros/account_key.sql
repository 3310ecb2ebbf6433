{# How two spellings of an account are compared: exactly, but e-mail addresses without regard to case. #}
{% macro account_key(account) -%}
    case
        when {{ account }} like '%@%' and {{ account }} not like '%/%' then lower({{ account }})
        else {{ account }}
    end
{%- endmacro %}
