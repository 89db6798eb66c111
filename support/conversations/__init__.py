"""Conversations: every message, its order, and who is in charge."""
