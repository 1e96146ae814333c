"""Pictures and pages that show what the method did."""
