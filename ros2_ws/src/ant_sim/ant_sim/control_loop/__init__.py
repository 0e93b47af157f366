"""Control loops of the simulator node, without ROS: time is passed in, results go to a listener."""
