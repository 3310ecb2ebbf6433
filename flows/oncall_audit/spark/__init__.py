"""The whole dbt project on Spark: the same models over the same landing zone, for more than a machine."""
