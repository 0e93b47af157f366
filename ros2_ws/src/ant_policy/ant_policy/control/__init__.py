"""When the policy acts, and when it must not: pairing of states, safety limits, commands."""
