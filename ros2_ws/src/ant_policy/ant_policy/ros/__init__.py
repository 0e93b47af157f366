"""ROS messages of the policy node."""
