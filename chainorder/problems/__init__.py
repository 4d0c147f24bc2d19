"""What to differentiate: chains and graphs, immutable data."""
