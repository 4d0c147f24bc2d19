"""Ways to find an order: one file each, under its textbook name."""
