"""The fault checker: many conversations while servers are killed, stopped, locked out and cut off."""
