"""The page on which staff make the line that puts the chat on a website."""
