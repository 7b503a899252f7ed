"""Counting for the reports: attempts by the hour, days as sums of hours, and the sum of days."""
