"""Feedback: suggestions and praise, each kept under a number of its own."""
