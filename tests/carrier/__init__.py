"""The simulated carrier, run as a process and spoken to by the official SDK."""
