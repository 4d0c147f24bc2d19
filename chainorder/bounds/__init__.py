"""What no order can beat: cuts of a chain, vertex cuts and windows of a graph."""
