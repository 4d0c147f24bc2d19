"""What a matrix looks like: declared structures, and the patterns that follow from them."""
