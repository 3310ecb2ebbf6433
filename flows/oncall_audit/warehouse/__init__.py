"""The private DuckDB file that dbt builds, and the switch that publishes from it."""
