"""The ground floor: pure rules of the field. No I/O, no clock, no framework."""
