"""The ways out: a small port for each channel, and the adapters that speak to real carriers."""
