{# What pgaudit tells: AUDIT: SESSION,1,1,READ,SELECT,TABLE,public.orders,"select …",<none> #}
{% macro audit_parts(message) -%}
regexp_extract(
            {{ message }},
            '^AUDIT: \w+,\d+,\d+,(\w*),([^,]*),[^,]*,("(?:[^"]|"")*"|[^,]*)'
            || '(?:,("(?:[^"]|"")*"|[^,]*))?',
            ['class', 'command', 'object', 'statement']
        )
{%- endmacro %}
