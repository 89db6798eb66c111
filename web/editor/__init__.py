"""The content staff's side: writing articles, trying questions, import and export, and the same as an API."""
