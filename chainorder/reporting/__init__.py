"""What people see: tables, JSON, Markdown."""
