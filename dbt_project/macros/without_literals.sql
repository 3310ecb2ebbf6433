{# A statement whose quoted values are gone: they are other people's data, and sometimes secrets.
   The rarer ways to quote are looked for only where their signs stand. #}
{% macro without_literals(expression) -%}
regexp_replace(
    case
        when contains({{ expression }}, '$') or contains({{ expression }}, '\')
            then
                regexp_replace(
                    {{ expression }},
                    '\$[A-Za-z_]*\$(?s:.*?)(?:\$[A-Za-z_]*\$|$)|[eE]''(?:[^''\\]|''''|\\.)*''?',
                    '''…''', 'g'
                )
        else {{ expression }}
    end,
    '''[^'']*(?:''|$)', '''…''', 'g'
)
{%- endmacro %}
