"""Scripted conversations: plain text in tests/conversations/, played against the real assistant."""
