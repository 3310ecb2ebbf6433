"""The stages of an audit, in order, and the two ways to run them: directly, or as Prefect flows."""
