"""Hand-off: when a person takes over from the bot, and how that is told."""
