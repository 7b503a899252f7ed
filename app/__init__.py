"""Lastmile: voter contact that does not stop before the polls close."""
