{# Whom AWS names by an address of IAM or STS, as its own trail is read; null for any other text. #}
{% macro arn_account(expression) -%}
case
    when not regexp_matches({{ expression }}, '^arn:aws[a-z-]*:(iam|sts)::') then null
    when split_part({{ expression }}, ':', 6) = 'root' then 'root'
    -- The person behind an Identity Center role is the name of its session.
    when split_part({{ expression }}, ':', 6) like 'assumed-role/AWSReservedSSO_%/%'
        then split_part({{ expression }}, '/', 3)
    when split_part({{ expression }}, ':', 6) like 'assumed-role/%'
        then split_part({{ expression }}, ':', 6)
    else split_part({{ expression }}, '/', -1)
end
{%- endmacro %}
