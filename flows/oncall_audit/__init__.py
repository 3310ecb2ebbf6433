"""Audit on-call engineers' access to production against the on-call schedule."""
