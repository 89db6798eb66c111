"""Customers: who is asking, as far as they told us."""
