"""Great Expectations' SQL engine, made to work on DuckDB. Slow to import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from oncall_audit.bounds import Bounds
from oncall_audit.checks.deferred import quick_import
from oncall_audit.checks.suites import Expectation

with quick_import():
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
    from great_expectations.execution_engine.sqlalchemy_execution_engine import (
        SqlAlchemyExecutionEngine,
    )


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Reads results while the connection is open: DuckDB drops the rows when it is given back."""

    def execute_query(self, query: Any) -> Any:
        """Run a query and return its rows, detached from the connection."""
        with self.get_connection() as connection:
            return connection.execute(query).freeze()()

    def execute_query_in_transaction(self, query: Any) -> Any:
        """Run a query; a file that is opened read-only has nothing to commit."""
        return self.execute_query(query)


class DuckDBDatasource(SQLDatasource):
    """A SQL data source on the engine above."""

    type: Any = "oncall_audit_duckdb"

    @property
    def execution_engine_type(self) -> type[SqlAlchemyExecutionEngine]:
        """Return the engine that reads results in time."""
        return DuckDBExecutionEngine


class Warehouse:
    """Queries of a DuckDB file, by name, in a context of Great Expectations in memory alone."""

    def __init__(self, database: Path, bounds: Bounds, queries: Mapping[str, str]) -> None:
        # Its own pages about the results would be written to a temporary folder that stays behind.
        options = bounds.options("checks", database.with_suffix(".checks"))
        config = DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
            analytics_enabled=False,
        )
        self._context: Any = gx.get_context(mode="ephemeral", project_config=config)
        self._source: Any = self._context.add_datasource(
            datasource=DuckDBDatasource(
                name="warehouse",
                connection_string=f"duckdb:///{database}",
                kwargs={"connect_args": {"read_only": True, "config": options}},
                # All at once: to add one, the library writes down all that it knows. No table
                # asset even for a whole table: looking up its columns takes longer than checks.
                assets=[
                    {"type": "query", "name": name, "query": query}
                    for name, query in queries.items()
                ],
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of the file: a writer has to wait for every reader."""
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()

    def batch(self, name: str) -> Any:
        """Return the rows of a query as one batch."""
        asset = self._source.get_asset(name)
        return asset.get_batch(asset.build_batch_request())

    def run(
        self,
        batch: Any,
        expectations: Sequence[Expectation],
        keys: Sequence[str] = (),
        rows: int = 0,
    ) -> list[dict[str, Any]]:
        """Run expectations on a batch; with `rows`, also return so many failing rows by `keys`."""
        suite = gx.ExpectationSuite(
            name="suite",
            expectations=[
                {"type": entry.type, "kwargs": dict(entry.kwargs), "meta": {"place": place}}
                for place, entry in enumerate(expectations)
            ],
        )
        result = batch.validate(suite, result_format=_result_format(expectations, keys, rows))
        found = [item.to_json_dict() for item in result.results]
        # The results come back in an order of the library's own.
        return sorted(found, key=lambda item: item["expectation_config"]["meta"]["place"])


def _result_format(
    expectations: Sequence[Expectation], keys: Sequence[str], rows: int
) -> dict[str, Any]:
    if not rows:
        return {"result_format": "BOOLEAN_ONLY"}
    if expectations[0].type == "unexpected_rows_expectation":
        return {"result_format": "COMPLETE"}
    return {
        "result_format": "SUMMARY",
        "partial_unexpected_count": rows,
        "unexpected_index_column_names": list(keys),
    }
