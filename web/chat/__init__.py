"""The customers' side: the chat API and its stream."""
