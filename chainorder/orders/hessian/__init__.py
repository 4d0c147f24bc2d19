"""Orders of a chain of second derivatives, one file each."""
