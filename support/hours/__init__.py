"""Opening hours: when a team is there."""
