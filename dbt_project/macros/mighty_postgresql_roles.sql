{# Roles that come with the server, or with a cloud's, and let their members do what is else a
   superuser's: read or write everything, run programs, or govern other roles. #}
{% macro mighty_postgresql_roles() -%}
    'pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
    'pg_execute_server_program', 'rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin'
{%- endmacro %}
