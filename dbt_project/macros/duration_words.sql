{# A length of time as a reader wants it in a sentence: seconds under two minutes, minutes under two hours, hours, days. #}
{% macro duration_words(seconds) -%}
    case
        when {{ seconds }} < 120 then cast(floor({{ seconds }}) as bigint) || ' s'
        when {{ seconds }} < 7200 then cast(floor({{ seconds }} / 60) as bigint) || ' min'
        when {{ seconds }} < 172800 then cast(floor({{ seconds }} / 3600) as bigint) || ' h'
        else cast(floor({{ seconds }} / 86400) as bigint) || ' days'
    end
{%- endmacro %}
