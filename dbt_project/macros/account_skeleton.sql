{# What is left of an account name once look-alike letters are made equal. It warns; it never resolves an identity. #}
{% macro account_skeleton(account) -%}
    translate(strip_accents(lower(nfc_normalize({{ account }}))), '013457.-_', 'oleast')
{%- endmacro %}
