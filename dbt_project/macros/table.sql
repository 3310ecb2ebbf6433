{# One statement a table: the built-in way builds beside the old one, looks for what may refer to it,
   renames twice and drops. The contract is held against what was made, which is cheaper to ask for
   its columns than the query; a breach undoes it. #}
{% materialization table, adapter='duckdb' %}
    {%- set table = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set has_contract = config.get('contract').enforced -%}
    {% if existing is not none and not existing.is_table %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {{ run_hooks(pre_hooks) }}
    {% do made_of(table, get_select_subquery(sql) if has_contract else sql) %}
    {% if has_contract %}{% do get_assert_columns_equivalent('select * from ' ~ table) %}{% endif %}
    {% do persist_docs(table, model) %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [table]}) }}
{% endmaterialization %}
