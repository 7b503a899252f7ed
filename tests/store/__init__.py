"""Tables and queries, on a real PostgreSQL."""
