"""Systems whose rights are changed in tests: they keep state, and can be given trouble."""
