"""One day of one feed: from the letter box through the gate into observations, engagements and quarantine."""
