"""`register`, the command; the app itself stands in `app.py`, each group of commands in a module of its own."""
