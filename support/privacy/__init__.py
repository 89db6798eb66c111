"""What is kept about a customer: shown to them, and erased when they wish."""
