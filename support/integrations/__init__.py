"""Programs of others: tokens with scopes, and signed calls that tell them what happened."""
