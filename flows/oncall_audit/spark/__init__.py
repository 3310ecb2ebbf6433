"""The whole dbt project on Spark: the same models over the same landing zone."""
