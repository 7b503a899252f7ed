"""Sets a campaign up step by step: a draft, whom it works on, money, first words, and go."""
