"""What the simulator node is made of that needs ROS; nothing else in this package imports it."""
