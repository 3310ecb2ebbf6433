"""Each construct of the models means the same to Spark, once translated, as to DuckDB."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# A connection of py4j lives as long as what Java keeps for it, whatever Python thinks of that.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

# Two rows of one group and one of another, with nulls where they hurt.
_ROWS = """with t as (
    select * from (values
        ('a', 2, 'x', 1.5, timestamp '2026-03-29 00:59:59.5', ['u', 'v']),
        ('a', 1, null, 2.5, timestamp '2026-03-29 01:00:00', ['w']),
        ('a', 3, 'x', 8.0, timestamp '2026-10-25 00:30:00', null),
        ('b', 1, 'Zoë', null, timestamp '2026-01-31 23:59:59', ['u', null])
    ) as t (g, n, s, d, ts, l)
) """

CASES = {
    # Lists in an order, with and without nulls.
    "list": "select g, list(s order by n) from t group by g",
    "list_desc": "select g, list(n order by s desc, n desc) from t group by g",
    "list_filtered": "select g, list(s order by n) filter (where n > 5) from t group by g",
    "list_distinct": "select g, list_sort(list(distinct s)) from t where s is not null group by g",
    "string_agg": "select g, string_agg(s, '|' order by n desc) from t group by g",
    "string_agg_distinct": "select g, string_agg(distinct s, ', ' order by s) from t group by g",
    "first": "select g, first(s order by n) from t group by g",
    "any_value": "select g, any_value(s order by n) from t group by g",
    "arg_min": "select g, arg_min(s, n), arg_max(n, (ts, n)) from t group by g",
    "pair_at": "select g, max_by((s, 0), -n)[1] from t group by g",
    "slices": "select list_sort(list(n))[2:3], list_sort(list(n))[:1], 'abcdef'[2:-2] from t",
    "elements": "select n, l[1], l[-1], l[5] from t",
    "len": "select n, g, len(l), length(s) from t",
    "sorting": "select n, g from t order by s desc nulls last, n limit 2",
    # Numbers.
    "median": "select g, median(d), quantile_cont(n, 0.95), mad(n) from t group by g",
    "median_over": "select n, quantile_cont(n, 0.9) over (order by ts) from t",
    "division": "select n, n / 2, n // 2, -7 // 2, 7 % 4, 10 / 1000000.0 from t",
    "rounding": "select round(2.675::double, 2), round(0.5), round(-1.5), round(1234.5, 1)",
    "printf": "select printf('%02x-%02d', 10, 7)",
    "as_text": "select n, d::varchar, n::varchar, ts::varchar, (n > 1)::varchar from t",
    "counts": "select n, count(*) filter (where s = 'x') over (order by ts) from t",
    "distinct_over": "select n, count(distinct s) over (order by ts) from t",
    "decimals": "select 0.1 + 0.2 > 0.3, 1 - 5 / 100.0",
    # Times.
    "date_diff": "select n, date_diff('hour', ts, timestamp '2026-03-29 02:00:00'),"
    " date_diff('microsecond', ts, timestamp '2026-03-29 02:00:00'),"
    " date_diff('second', ts, timestamp '2026-03-29 02:00:00'),"
    " date_diff('day', ts, timestamp '2026-03-29 02:00:00') from t",
    "wall_clock": "select ts, (ts at time zone 'UTC') at time zone 'Europe/Berlin' from t",
    "instant": "select (ts at time zone 'America/New_York') at time zone 'UTC' from t",
    "strftime": "select strftime(ts, '%Y-%m-%dT%H:%M:%S.%fZ'), strftime(ts, '%H:%M UTC') from t",
    "strptime": "select try_strptime('20260102T0304', '%Y%m%dT%H%M'), try_strptime('x', '%Y')",
    "intervals": "select ts - interval '90 minutes', ts + to_days(n), ts + to_seconds(n) from t",
    "lengths": "select ts - case when n = 1 then interval '1 year' else interval '1 hour' end from t",
    "trunc": "select date_trunc('day', ts), date_trunc('hour', ts), isodow(ts), hour(ts) from t",
    "series": "select g, n, unnest(range(n)) as i from t",
    "series_of_times": "select unnest(generate_series(timestamp '2026-01-01', timestamp"
    " '2026-01-03', interval '1 day')) as day",
    "no_series": "select len(range(timestamp '2026-01-02', timestamp '2026-01-01', interval '1 day'))",
    "zones": "select n from t where 'Europe/Berlin' in (select z.name from pg_timezone_names() as z)",
    # Texts.
    "regexp_matches": r"select regexp_matches('Ä b', '(?i)^ä\sb$'), regexp_matches('x' || chr(10), 'x$'),"
    r" regexp_matches('a' || chr(11), '\s'), regexp_matches('éa', '\ba')",
    "regexp_class": r"select regexp_matches('a[b', '^[a-z[]+$'), regexp_full_match('ab', 'a|ab')",
    "regexp_replace": r"select regexp_replace('a1b2', '(\d)', '<\1>'), regexp_replace('a1b2', '(\d)', '<\1>', 'g'),"
    r" regexp_replace('cost', 'o', '$')",
    "regexp_extract": r"select regexp_extract('ab12', '[a-z]+'), regexp_extract('ab12', '([a-z]+)(\d+)', 2),"
    r" regexp_extract('ab', '(\d)', 1), regexp_extract('k=v', '(\w)=(\w)', ['k', 'v'])['v'],"
    r" regexp_extract_all('a1b2', '([a-z])\d', 1)",
    "like": r"select 'a\b' like 'a\b', 'abc' not like '%b%', 'a_b' like 'a_b'",
    "glob": "select 'db-prod' glob 'db-*', 'db.prod' glob 'db?prod', 'dbxprod' glob 'db.prod',"
    " 'a[1]' glob 'a[[]1]', 'b' glob '[!a]', 'a+b' glob 'a+b'",
    "concat": "select concat('a', null, 1), concat_ws('|', 'a', null, 'b'), 'a' || null",
    "split": "select split_part('a/b/c', '/', -1), string_split('a.b', '.'), split_part('a', '/', 3)",
    "letters": "select strip_accents(nfc_normalize('Zoë Ångström ﬁ 漢')), translate('abc', 'ab', 'x')",
    "likeness": "select jaro_winkler_similarity('martha', 'marhta'),"
    " jaro_winkler_similarity('ada.abel', 'ada.able'), jaro_winkler_similarity('', 'a'),"
    " jaro_winkler_similarity('abc', 'xyz')",
    "greatest": "select greatest(1, null, 3), least(null, 2)",
    "md5": "select md5('a'), md5_number_lower('a')",
    # JSON.
    "json_object": "select n, json_object('a', s, 'b', n, 'c', l, 'd', d) from t",
    "json_nested": "select json_merge_patch('{\"a\":1}'::json, json_object('m',"
    " list('{\"b\":2}'::json order by n)[1:2])) from t",
    "json_paths": """select '{"a":{"b":"c"}}' ->> '$.a.b', '{"a":"x"}' -> '$.a', '{"a":null}' ->> '$.a'""",
    "json_elements": """select unnest(from_json('["a", {"b": 1}, 2]', '["JSON"]')) as e""",
    "json_root": """select e ->> '$', e ->> '$.b' from (
        select unnest(from_json('["a", {"b": 1}]', '["JSON"]')) as e)""",
    "json_types": """select json_type(j -> '$.a') from (values ('{"a":"x"}'), ('{"a":["x"]}')) as t (j)""",
    "json_contains": """select json_contains('["a","*"]', '"*"'), json_contains('"*"', '"*"'),
        json_contains('["a"]', '"*"')""",
    "json_broken": """select try_cast('{' as json), try_cast('[1]' as json)""",
    # Shapes of statements.
    "nearest": "select a.n, b.n from t as a asof left join t as b on a.g = b.g and a.ts > b.ts",
    "nearest_later": "select a.n, b.n from t as a asof join t as b on a.g = b.g and a.ts <= b.ts",
    "by_name": "select n, g from t union all by name select g, s from t",
    "side_by_side": "select n, unnest(['a', 'b']) as x, unnest([n, -n]) as y from t",
    "pairs": "select n from t where (g, n) in (select (x.g, 1) from t as x where x.n = 2)",
    "qualify": "select g, n from t qualify row_number() over (partition by g order by n) = 1",
    "except": "select * exclude (l, ts, d) from t",
    "ends_of_time": "select n from t where ts > timestamp '-infinity' and ts < timestamp 'infinity'",
}


@pytest.mark.parametrize("name", CASES)
def test_spark_answers_as_duckdb_does(spark: SparkSession, name: str) -> None:
    """Both give the same rows, in any order."""
    from oncall_audit.spark.dialect import translated

    query = _ROWS + CASES[name]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        wanted = connection.execute(query).fetchall()

    def columns(_table: str) -> list[str]:
        return ["g", "n", "s", "d", "ts", "l"]

    found = spark.sql(translated(query, columns)).collect()
    assert sorted(map(_plain, found), key=repr) == sorted(map(_plain, wanted), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(it) for it in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None).isoformat()
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return value
