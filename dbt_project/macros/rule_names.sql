{# Every rule, in alphabetical order. ref() needs the names while dbt parses, when `graph` is still empty. #}
{% macro rule_names() -%}
    {{ return([
        'break_glass_no_incident',
        'dormant_entitlement',
        'entitlement_drift_policy',
        'expired_grant_present',
        'expired_grant_used',
        'failed_login_burst',
        'failed_then_success',
        'inventory_gap',
        'leaver_access',
        'lingering_elevation',
        'log_gap',
        'long_lived_credential',
        'off_shift_access',
        'orphan_account',
        'out_of_scope_resource',
        'self_approval',
        'session_overrun',
        'standing_privilege',
        'unapproved_grant',
        'unknown_identity',
        'unusual_volume',
    ]) }}
{%- endmacro %}
