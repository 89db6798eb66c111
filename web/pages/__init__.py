"""Public pages: the demo shop, the full-page chat, help articles, health."""
