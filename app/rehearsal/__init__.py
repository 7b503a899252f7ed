"""Rehearsal: the worker's own jobs on a clock set by hand, with simulated people and a carrier.

One thread runs at a time, so that a seed has one trace; faults strike at every boundary of a
transaction or a message.
"""
