"""Each module writes one source as its vendor would."""
