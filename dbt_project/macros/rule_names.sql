{# Every rule, in alphabetical order. ref() needs the names while dbt parses, when `graph` is still empty. #}
{% macro rule_names() -%}
    {{ return([
        'break_glass_no_incident',
        'dormant_entitlement',
        'entitlement_drift_policy',
        'failed_login_burst',
        'failed_then_success',
        'inventory_gap',
        'lingering_elevation',
        'log_gap',
        'off_shift_access',
        'out_of_scope_resource',
        'session_overrun',
        'standing_privilege',
        'unknown_identity',
        'unusual_volume',
    ]) }}
{%- endmacro %}
