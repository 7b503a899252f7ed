"""Use cases, each a verb. Services own transactions; they are told what time it is."""
