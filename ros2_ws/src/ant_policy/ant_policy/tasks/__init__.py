"""Tasks: code that is specific to one robot and task, looked up by name."""
