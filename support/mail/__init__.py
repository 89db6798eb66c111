"""Mail out and in: what is sent, what came, and to which case it belongs."""
