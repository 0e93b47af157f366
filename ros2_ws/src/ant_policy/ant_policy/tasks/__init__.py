"""Tasks, looked up by name: what only one robot's task has."""
