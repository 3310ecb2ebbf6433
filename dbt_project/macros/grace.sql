{# When a shift begins to allow access: some minutes before it starts. #}
{% macro shift_opens(started_at) -%}
    {{ started_at }} - interval '{{ var("grace_before_minutes") }} minutes'
{%- endmacro %}

{# When a shift no longer allows access: some minutes after it ended. #}
{% macro shift_closes(ended_at) -%}
    {{ ended_at }} + interval '{{ var("grace_after_minutes") }} minutes'
{%- endmacro %}
