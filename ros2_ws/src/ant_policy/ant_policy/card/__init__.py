"""The card, a policy's contract: its schema, and how one is read from an untrusted file."""
