"""Replies ready to use, with variables and with steps that they take."""
