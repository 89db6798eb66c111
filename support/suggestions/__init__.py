"""What may help to answer a case: what to search for, and settled cases like it."""
