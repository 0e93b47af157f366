"""Recording, reading and reporting rosbag2 bags."""
