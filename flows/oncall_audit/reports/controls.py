"""What became of each control, over all rules that test it."""

from __future__ import annotations

from oncall_audit.reports.published import Published, Row

_CONTROLS = """
    select framework, control_id, any_value(requirement) as requirement,
        sum(exceptions)::bigint as exceptions,
        case when bool_or(result = 'exceptions') then 'exceptions'
            when bool_or(result = 'not tested') then 'not tested' else min(result) end as result,
        string_agg(distinct rule_id, ', ' order by rule_id) as rules,
        string_agg(distinct rule_id, ', ' order by rule_id) filter (result = 'not tested')
            as untested,
        string_agg(distinct rule_id, ', ' order by rule_id) filter (rule_state = 'degraded')
            as degraded
    from controls group by framework, control_id order by framework, control_id
"""


def control_results(published: Published) -> list[Row]:
    """Return each control with its result: exceptions before not tested before passed."""
    return published.rows(_CONTROLS)
