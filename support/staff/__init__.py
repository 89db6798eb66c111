"""People who work here: accounts, roles, passwords, presence."""
