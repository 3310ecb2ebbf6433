{# The command of a line of sudo and whom it ran as. Everything after the first COMMAND= is kept:
   a folder with that word in its name may add to the command, never hide it. #}
{% macro sudo_command(line) -%}
regexp_replace({{ line }}, '^.*?\bUSER=(\S+) ;.*?\bCOMMAND=(?s:(.*))$', '\2 (as \1)')
{%- endmacro %}
