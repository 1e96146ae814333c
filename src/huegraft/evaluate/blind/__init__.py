"""Blind studies: people pick the better of two results without names, and their votes make a table."""

from pathlib import Path

PACKAGE_PLAN = Path(__file__).with_name("package.toml")
"""What is shown without a plan of one's own."""
