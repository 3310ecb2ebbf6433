{# The first row's evidence; that of the others stands in it under `merged`, a bounded number of them. #}
{% macro merged_evidence() -%}
    case
        when count(*) = 1 then first(evidence order by started_at, row_key)
        else cast(json_merge_patch(
            cast(first(evidence order by started_at, row_key) as json),
            json_object('merged', list(cast(evidence as json) order by started_at, row_key)[2:21])
        ) as varchar)
    end
{%- endmacro %}
