"""File formats; no other part of huegraft knows any."""
