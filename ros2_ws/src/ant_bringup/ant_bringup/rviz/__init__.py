"""RViz: markers, robot description and configuration."""
