"""Pages: blueprints named by nouns. Views parse, call, answer."""
