{# The queries whose rows together are a table's: a long history is read in stretches of days, and of a
   union one member at a time. What one statement needs in memory nothing can put aside. #}
{% macro statements(sql) -%}
    {%- set found = [] -%}
    {%- if is_in_stretch() in sql -%}
        {%- for condition in stretches() -%}
            {%- do found.append(sql | replace(is_in_stretch(), condition)) -%}
        {%- endfor -%}
    {%- elif each_alone() in sql -%}
        {%- set parts = sql.split(each_alone()) -%}
        {%- for member in parts[1:-1] -%}
            {%- set alone = member.strip() -%}
            {%- set alone = alone[:-9] if alone.endswith('union all') else alone -%}
            {%- do found.append(parts[0] ~ alone ~ parts[-1]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found or [sql]) }}
{%- endmacro %}

{# Stands before, between and behind the members of a union that are to be read one at a time. #}
{% macro each_alone() -%}
/* each alone */
{%- endmacro %}

{# Makes a table of a query anew. #}
{% macro made_of(table, sql) -%}
    {% for query in statements(sql) %}
        {% call statement('main') -%}
            {{ 'create or replace table ' ~ table ~ ' as' if loop.first else 'insert into ' ~ table ~ ' by name' }} (
                {{ query }}
            )
        {%- endcall %}
    {% endfor %}
{%- endmacro %}
