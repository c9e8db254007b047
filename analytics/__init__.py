"""Measures of the work as expressions over one table of case facts, for an embedded engine or a cluster."""
