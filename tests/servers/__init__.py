"""Local servers that speak as the vendors do, one module a connector, built from their documentation."""
