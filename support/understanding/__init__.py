"""What a customer's words mean beyond their dialogue act: danger, anger, numbers, choices, follow-ups. Pure."""
