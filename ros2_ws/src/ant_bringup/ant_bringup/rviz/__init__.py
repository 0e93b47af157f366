"""What RViz shows: markers and the robot's description."""
