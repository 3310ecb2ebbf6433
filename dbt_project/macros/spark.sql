{# How models become tables and views on Spark. What stands behind the mark is written for DuckDB and
   translated on its way; a contract is kept by casting to what it says, and so is the shape of a rule. #}
{% macro spark_query(sql) -%}
{%- set types = {} -%}
{%- if config.get('contract').enforced -%}
    {%- for name, column in model.columns.items() -%}{%- do types.update({name: column.data_type}) -%}{%- endfor -%}
{%- elif model.fqn[1] == 'rules' -%}
    {%- do types.update(finding_columns()) -%}
{%- endif -%}
/* duckdb */
{%- if types %}
select
    {% for name, type in types.items() -%}
    cast({{ name }} as {{ type }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from (
{{ sql }}
) as held
{%- else %}
{{ sql }}
{%- endif %}
{%- endmacro %}

{% materialization view, adapter='spark' %}
    {%- set view = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {% if existing is not none and not existing.is_view %}{% do adapter.drop_relation(existing) %}{% endif %}
    {% call statement('main') -%}
        create or replace view {{ view }} as {{ spark_query(sql) }}
    {%- endcall %}
    {{ return({'relations': [view]}) }}
{% endmaterialization %}

{% materialization table, adapter='spark' %}
    {%- set table = this.incorporate(type='table') -%}
    {% do spark_made_anew(table, sql) %}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}

{# Made anew each time; in the days' own folders, so that one day is read without the others. A folder
   for each session would take minutes to write. #}
{% materialization incremental, adapter='spark' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set key = config.get('unique_key') -%}
    {% do spark_made_anew(table, sql, key if key == 'event_day') %}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}

{% macro spark_made_anew(table, sql, day=none) -%}
    {%- set existing = load_cached_relation(table) -%}
    {% if existing is not none %}{% do adapter.drop_relation(existing) %}{% endif %}
    {% call statement('main') -%}
        create table {{ table }} using {{ var('spark_format', 'parquet') }}
        {{ 'partitioned by (' ~ day ~ ')' if day }} as {{ spark_query(sql) }}
    {%- endcall %}
{%- endmacro %}

{# Seeds are texts alone. #}
{% materialization seed, adapter='spark' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set rows = load_agate_table() -%}
    {%- do store_result('agate_table', response='OK', agate_table=rows) -%}
    {%- set query -%}
    select * from (values
    {%- for row in rows.rows %}
        ({% for cell in row.values() %}{{ "'" ~ (cell | replace("'", "''")) ~ "'" if cell is not none else 'null' }}{{ ', ' if not loop.last }}{% endfor %}){{ ',' if not loop.last }}
    {%- endfor %}
    ) as sown ({{ rows.column_names | join(', ') }})
    {%- endset -%}
    {% do spark_made_anew(table, query) %}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}

{# Statements are written for DuckDB, whose backslash is but a backslash. #}
{% macro spark__escape_single_quotes(expression) -%}
{{ expression | replace("'", "''") }}
{%- endmacro %}
