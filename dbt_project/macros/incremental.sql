{# A table that keeps the rows of the days it is not asked for. Made anew in one statement; otherwise
   the built-in way with its steps for other kinds of tables left out. #}
{% materialization incremental, adapter='duckdb' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {% if existing is none or existing.is_view or should_full_refresh() %}
        {% if existing is not none and existing.is_view %}{% do adapter.drop_relation(existing) %}{% endif %}
        {% do made_of(table, sql) %}
    {% else %}
        {%- set fresh = make_temp_relation(table).include(database=false, schema=false) -%}
        {%- set key, kept = config.get('unique_key'), config.get('meta') or {} -%}
        {% call statement('fresh') -%}
            create or replace temporary table {{ fresh }} as (
                {{ sql }}
            )
        {%- endcall %}
        {% if config.get('on_schema_change') == 'fail' %}{% do hold_to_shape(fresh, table) %}{% endif %}
        {% call statement('main') -%}
            {% if kept.since %}
            delete from {{ table }}
            where {{ key }} >= (select first_day from {{ this.incorporate(path={'identifier': kept.since}) }});
            {% elif key %}
            {%- set replaced = this.incorporate(path={'identifier': kept.replaced}) if kept.replaced else fresh %}
            delete from {{ table }} where {{ key }} in (select {{ key }} from {{ replaced }});
            {% endif %}
            insert into {{ table }} by name (select * from {{ fresh }});
            drop table {{ fresh }};
        {%- endcall %}
    {% endif %}
    {% do persist_docs(table, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}

{# Fails where a kept table and its new rows no longer have the same columns. #}
{% macro hold_to_shape(fresh, kept) -%}
    {%- set shapes = [] -%}
    {%- for relation in (fresh, kept) -%}
        {%- set columns = get_column_schema_from_query('select * from ' ~ relation) -%}
        {%- do shapes.append(columns | map(attribute='name') | sort | join(', ')) -%}
    {%- endfor -%}
    {%- if shapes[0] != shapes[1] -%}
        {%- do exceptions.raise_compiler_error(kept ~ ' has the columns ' ~ shapes[1] ~ ' and would now have ' ~ shapes[0] ~ ': it needs a full refresh.') -%}
    {%- endif -%}
{%- endmacro %}
