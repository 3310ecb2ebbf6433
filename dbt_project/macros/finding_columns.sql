{# The columns every rule gives, with their types: a rule that forgets one fails the build. #}
{% macro finding_columns() -%}
    {{ return({
        'rule_id': 'varchar',
        'severity': 'varchar',
        'engineer_id': 'varchar',
        'account': 'varchar',
        'system': 'varchar',
        'resource_id': 'varchar',
        'resource_name': 'varchar',
        'permission': 'varchar',
        'service': 'varchar',
        'session_id': 'varchar',
        'started_at': 'timestamp',
        'ended_at': 'timestamp',
        'score': 'double',
        'summary': 'varchar',
        'evidence': 'varchar',
        'raw_file': 'varchar',
        'raw_line': 'bigint',
    }) }}
{%- endmacro %}
