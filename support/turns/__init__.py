"""Turns: one customer message from its arrival to its answer, never lost, never doubled."""
