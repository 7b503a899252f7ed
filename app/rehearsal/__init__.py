"""Rehearsal: the worker's own jobs in one thread at a time on a clock set by hand, with simulated
voters, volunteers and carrier, and faults at every boundary of a transaction or a message."""
