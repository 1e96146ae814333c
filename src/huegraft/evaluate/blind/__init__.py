"""Blind studies: people pick the better of two results without names, and their votes make a table."""

from pathlib import Path

PACKAGE_PLAN = Path(__file__).with_name("package.toml")
"""The plan of a study for which the user names no plan."""
