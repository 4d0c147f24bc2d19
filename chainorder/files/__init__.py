"""One module for each file format, and writing whole files."""
