{# One row a rule folder, from what its yml says. `graph`, which has the rules alone,
   is empty while dbt parses: the typed empty row set stands in. #}
{% macro rule_metadata() -%}
{%- set rules = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.fqn[1] == 'rules' -%}
        {%- do rules.append(node) -%}
    {%- endfor -%}
{%- endif -%}
{%- for node in rules | sort(attribute='name') %}
    select
        {{ dbt.string_literal(node.name) }} as rule_id,
        {{ dbt.string_literal(dbt.escape_single_quotes(node.config.meta.title)) }} as title,
        {{ dbt.string_literal(node.config.meta.severity) }} as severity,
        {{ dbt.string_literal(dbt.escape_single_quotes(node.config.meta.question)) }} as question,
        {{ dbt.string_literal(node.config.meta.identity | join(', ')) }} as identity,
        {{ dbt.string_literal(node.config.meta.controls | join(', ')) }} as controls,
        {{ dbt.string_literal(node.config.meta.inputs | join(', ')) }} as inputs,
        {{ dbt.string_literal(node.config.meta.get('may_lack', []) | join(', ')) }} as may_lack,
        {{ dbt.string_literal(dbt.escape_single_quotes(node.description)) }} as runbook,
        {{ dbt.string_literal(local_md5(node.raw_code ~ tojson(node.config.meta, sort_keys=true))) }} as rule_version
    {{ 'union all' if not loop.last }}
{%- else %}
    select
        cast(null as varchar) as rule_id,
        cast(null as varchar) as title,
        cast(null as varchar) as severity,
        cast(null as varchar) as question,
        cast(null as varchar) as identity,
        cast(null as varchar) as controls,
        cast(null as varchar) as inputs,
        cast(null as varchar) as may_lack,
        cast(null as varchar) as runbook,
        cast(null as varchar) as rule_version
    where false
{%- endfor %}
{%- endmacro %}
