"""The interactive page: what it asks, Python answers; all of its mathematics is here."""
