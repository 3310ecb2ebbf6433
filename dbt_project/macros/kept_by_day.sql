{# A table that keeps its rows by day: an increment brings those of the replaced days anew. Where it
   is made `in_stretches`, a whole history is made some days at a time, for what one session or day
   needs in memory nothing can put aside. #}
{% macro kept_by_day(in_stretches=false) -%}
    {{ config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='event_day',
        on_schema_change='fail',
        meta={'in_stretches': in_stretches}
    ) }}
    {%- if in_stretches %}{% do ref('int_days__built') %}{% endif -%}
{%- endmacro %}

{# The condition of days of one stretch; as `is_replaced` has it, of all days. #}
{% macro is_in_stretch(first='0001-01-01', last='9999-12-31') -%}
event_day between date '{{ first }}' and date '{{ last }}'
{%- endmacro %}

{# The conditions of stretches of so many events, or of one day where that alone has more. #}
{% macro stretches(most=10000000) -%}
    {%- set query -%}
        select
            min(event_day),
            max(event_day)
        from (
            select
                event_day,
                (sum(events) over (order by event_day) - 1) // {{ most }} as stretch
            from {{ ref('int_days__built') }}
        )
        group by stretch
        order by stretch
    {%- endset -%}
    {%- set conditions = [] -%}
    {%- for row in run_query(query).rows -%}
        {%- do conditions.append(is_in_stretch(row[0], row[1])) -%}
    {%- endfor -%}
    {{ return(conditions or [is_in_stretch()]) }}
{%- endmacro %}
