"""Control decisions of the policy node: merging and pairing of states, watchdog, safety limits, commands."""
