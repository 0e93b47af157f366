"""The card, a policy's contract: its schema, and safe reading of untrusted files."""
