"""Running the steps of a plan: one file per kind of operand."""
