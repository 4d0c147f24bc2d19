"""The orders of a chain, each under its textbook name."""
