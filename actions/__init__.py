"""What the assistant does: one file a skill. Thin: the rules live in support and knowledge_base."""
