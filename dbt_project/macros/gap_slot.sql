{# The slot of time of an event, as long as the gap that ends a session: no gap fits in one. #}
{% macro gap_slot(column) -%}
epoch_us({{ column }}) // ({{ var('session_gap_minutes') }} * 60000000)
{%- endmacro %}
