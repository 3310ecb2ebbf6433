{# Where CloudTrail's request parameters name what a call is about, the most specific first. #}
{% macro target_paths() -%}
[
    '$.instanceId', '$.target', '$.instancesSet.items[0].instanceId', '$.instanceIds[0]', '$.targets[0].values[0]',
    '$.secretId', '$.dBInstanceIdentifier', '$.dBClusterIdentifier', '$.dBSnapshotIdentifier',
    '$.bucketName', '$.tableName', '$.functionName', '$.clusterName', '$.cluster', '$.keyId',
    '$.roleArn', '$.roleName', '$.logGroupName', '$.trailName', '$.repositoryName', '$.groupId',
    '$.userName', '$.groupName', '$.policyArn', '$.resourceArn', '$.name'
]
{%- endmacro %}
