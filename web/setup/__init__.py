"""Setting the desk up: teams, hours, macros, mail, integrations."""
