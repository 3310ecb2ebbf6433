{# Where CloudTrail's request parameters name what a call is about, the most specific first; each in
   the shape that target_shape gives the parameters. #}
{% macro target_of(parameters) -%}
{%- set places = [
    "['instanceId']", "['target']", "['instancesSet']['items'][1]['instanceId']",
    "['instanceIds'][1]", "['targets'][1]['values'][1]"
] -%}
{%- for name in target_names() -%}
    {%- do places.append("['" ~ name ~ "']") -%}
{%- endfor -%}
coalesce(
    {%- for place in places %}
    nullif({{ parameters }}{{ place }}, ''){% if not loop.last %},{% endif %}
    {%- endfor %}
)
{%- endmacro %}

{# What of the parameters is read at all: as one shape, for a path each takes four times as long. #}
{% macro target_shape() -%}
{%- set shape = {
    'sessionId': 'VARCHAR',
    'instanceId': 'VARCHAR',
    'target': 'VARCHAR',
    'instancesSet': {'items': [{'instanceId': 'VARCHAR'}]},
    'instanceIds': ['VARCHAR'],
    'targets': [{'values': ['VARCHAR']}]
} -%}
{%- for name in target_names() -%}
    {%- do shape.update({name: 'VARCHAR'}) -%}
{%- endfor -%}
'{{ tojson(shape) }}'
{%- endmacro %}

{% macro target_names() -%}
    {{ return([
        'secretId', 'dBInstanceIdentifier', 'dBClusterIdentifier', 'dBSnapshotIdentifier',
        'bucketName', 'tableName', 'functionName', 'clusterName', 'cluster', 'keyId', 'roleArn',
        'roleName', 'logGroupName', 'trailName', 'repositoryName', 'groupId', 'userName',
        'groupName', 'policyArn', 'resourceArn', 'name'
    ]) }}
{%- endmacro %}
