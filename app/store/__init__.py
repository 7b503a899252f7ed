"""Tables and queries. The store takes a session and never commits; services own transactions."""
