{# True of a group in which too few earlier volumes are small enough for this one to pass the ratio to
   their 95th percentile: counting is a fraction of the work of a quantile. #}
{% macro is_settled(volume, earlier_volume) -%}
    count(*) >= {{ var('volume_min_sessions') }}
    and count_if({{ volume }} >= {{ var('volume_ratio') }} * {{ earlier_volume }})
    < floor(0.95 * (count(*) - 1))
{%- endmacro %}
