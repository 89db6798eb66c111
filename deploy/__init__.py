"""Set-up and process supervision, with the standard library only (Python 3.9 or newer)."""
