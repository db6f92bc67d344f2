"""Out of every copy: what has had its time, what was asked to go, and the proof and memory of it."""
