"""The worker: a metronome over jobs that each ask what is due and not done."""
