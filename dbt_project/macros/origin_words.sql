{# Where a sighting came from, as a reader wants it in a sentence. #}
{% macro origin_words(sighting) -%}
{{ sighting }}.source_ip || coalesce(
            ' (' || nullif(concat_ws(', ', {{ sighting }}.country, 'AS' || {{ sighting }}.asn), '')
            || ')', ''
        )
{%- endmacro %}
