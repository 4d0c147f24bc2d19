"""One module for each kind of operand, and what all of them share."""
