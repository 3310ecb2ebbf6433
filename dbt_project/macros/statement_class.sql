{# How much of its tables a statement or command takes out of them; null where it is a part, a count,
   or a shape without rows. What was cut off might have bounded it, and so is not judged. #}
{% macro statement_class() -%}
case
    when action = 's3:CopyObject' or regexp_matches(told, '\b(aws|gsutil|rclone)\s') then 'object_copy'
    when action in ('rds:StartExportTask', 'dynamodb:ExportTableToPointInTime') then 'export_task'
    when regexp_matches(told, '\b(pg_dump|pg_dumpall|mysqldump|mariadb-dump|mongodump)\b')
        then
            if(
                regexp_matches(
                    told, '\s(--schema-only|--globals-only|--no-data|--roles-only|--help|--version|-\w*s)(\s|$)'
                ), null, 'dump'
            )
    when regexp_matches(told, '(?is)^\W*copy\s*\(\s*select\s+(distinct\s+)?(count|sum|min|max|avg)\s*\(') then null
    when regexp_matches(told, '(?is)^\W*copy\s') then 'copy_to'
    when
        regexp_matches(told, '(?is)^\W*(select|table)\s')
        and length(told) < 500
        and not regexp_matches(told, '(?is)\b(where|limit|fetch\s+(first|next)|group\s+by|having)\b')
        and not regexp_matches(told, '(?is)^\W*select\s+(distinct\s+)?(count|sum|min|max|avg|exists)\s*\(')
        then 'unbounded_select'
end
{%- endmacro %}
