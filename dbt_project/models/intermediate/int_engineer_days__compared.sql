{{ kept_until('int_sessions__touched') }}
{%- set traits = ['actions', 'resources', 'systems', 'hours'] %}

with measured as (
    select * from {{ ref('int_engineer_days__measured') }}
    where {{ is_touched('event_day', before=var('peer_days')) }}
),

-- Colleagues alone, and only days before: the same answer tonight and in a full rebuild.
usual as (
    select
        measured.engineer_id,
        measured.event_day,
        {% for trait in traits %}
        median(ln(1 + peers.{{ trait }})) as median_{{ trait }},
        mad(ln(1 + peers.{{ trait }})) as mad_{{ trait }},
        {% endfor %}
        count(distinct peers.engineer_id) as peers,
        count(distinct peers.event_day) as active_days,
        min(peers.event_day) as since
    from measured
    inner join measured as peers
        on measured.team = peers.team
        and measured.engineer_id <> peers.engineer_id
        and measured.event_day > peers.event_day
        and measured.event_day - interval '{{ var("peer_days") }} days' <= peers.event_day
    where {{ is_touched('measured.event_day') }}
    group by measured.engineer_id, measured.event_day
),

-- Less than others is no signal. Of counts this small one more means little, hence the greater
-- floor of the spread.
scored as (
    select
        measured.engineer_id,
        measured.event_day,
        measured.team,
        measured.started_at,
        measured.ended_at,
        measured.raw_file,
        measured.raw_line,
        usual.peers,
        usual.active_days >= {{ var('warm_up_active_days') }}
        and measured.event_day >= usual.since + interval '{{ var("warm_up_days") }} days'
        and not measured.is_new_hire as is_warm,
        [
            {% for trait in traits %}
            {% set value = 'ln(1 + measured.' ~ trait ~ ')' %}
            {% set median, mad = 'usual.median_' ~ trait, 'usual.mad_' ~ trait %}
            {
                'trait': '{{ trait }}',
                'value': measured.{{ trait }},
                'usual': round(exp({{ median }}) - 1, 1),
                'z': round(greatest({{ modified_z(value, median, mad, 0.25) }}, 0), 3)
            }{{ ',' if not loop.last }}
            {% endfor %}
        ] as traits
    from measured
    inner join usual
        on measured.engineer_id = usual.engineer_id
        and measured.event_day = usual.event_day
)

select
    *,
    round(sqrt(list_sum(list_transform(traits, lambda each: each['z'] * each['z']))), 3) as distance
from scored
