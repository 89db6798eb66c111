"""The API for programs beside the desk's own: conversations, events, customers, and cases that others open."""
