"""The app: the customers' chat, the desk, the editor, and the API."""
