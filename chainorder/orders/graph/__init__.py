"""The orders of a graph, each under its textbook name."""
