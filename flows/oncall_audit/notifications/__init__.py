"""Tells people of new findings, and reminds them of old ones: once, and on record."""
