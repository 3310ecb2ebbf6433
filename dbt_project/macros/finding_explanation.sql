{# What happened, and then what it was judged by and how much of that was seen. #}
{% macro finding_explanation() -%}
    found.summary
    || coalesce(' Judged by the policy ' || left(judged.policy_sha256, 12) || ' of that time', '')
    || case
        when contains(rules.inputs, 'schedules')
            then coalesce(', the schedule as recorded at ' || {{ moment('judged.schedule_recorded_at') }}, ', no schedule')
        else ''
    end
    || case
        when contains(rules.inputs, 'permissions')
            then coalesce(', the rights as listed at ' || {{ moment('judged.snapshot_at') }}, ', no list of rights')
        else ''
    end
    || case judged.coverage_state
        when 'seen' then '; every hour of its log was seen.'
        when 'partly blind' then '; some hours of its log are blind.'
        when 'blind' then '; all hours of its log are blind.'
        else '.'
    end
{%- endmacro %}
