"""The limit: one dialogue server as ours is started, with actions that cost nothing and no app around it."""
