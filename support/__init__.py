"""Serving customers: who they are, what was said, who is in charge, tickets and ratings."""
