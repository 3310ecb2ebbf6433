{# One statement a view: the built-in way makes a copy, renames it twice and drops the old one. #}
{% materialization view, adapter='duckdb' %}
    {%- set view = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {% if existing is not none and not existing.is_view %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {% call statement('main') -%}
        {% if config.get('contract').enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif %}
        create or replace view {{ view }} as (
            {{ sql }}
        )
    {%- endcall %}
    {% do persist_docs(view, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [view]}) }}
{% endmaterialization %}
