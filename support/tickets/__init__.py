"""Tickets: cases with a number, an owner and a life of their own."""
