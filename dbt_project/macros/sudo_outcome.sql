{# What sudo did with the command: what stands between the account and the terminal tells. #}
{% macro sudo_outcome(line) -%}
case
    when regexp_matches({{ line }}, '^[^:]+ : (TTY|PWD|HOST|CHROOT)=') then 'success'
    when regexp_matches({{ line }}, '^[^:]+ : (user NOT |command not allowed)') then 'denied'
    else 'failure'
end
{%- endmacro %}
