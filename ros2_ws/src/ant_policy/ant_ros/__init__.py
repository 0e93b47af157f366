"""What the nodes of all packages share; it knows neither policies nor simulators."""
