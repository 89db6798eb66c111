"""Complaints taken in the chat: what happened, with which order, how serious, and what would make it right."""
