"""ROS messages and publishers of the simulator node."""
