"""Topics of the interface contract (docs/interface.md) and their types, free of ROS."""

TOPICS = {
    "joint_states": "sensor_msgs/msg/JointState",
    "odom": "nav_msgs/msg/Odometry",
    "imu": "sensor_msgs/msg/Imu",
    "cmd_vel": "geometry_msgs/msg/Twist",
    "torso_height": "std_msgs/msg/Float64",
    "/clock": "rosgraph_msgs/msg/Clock",
    "joint_commands": "sensor_msgs/msg/JointState",
    "effort_controller/commands": "std_msgs/msg/Float64MultiArray",
    "position_controller/commands": "std_msgs/msg/Float64MultiArray",
    "velocity_controller/commands": "std_msgs/msg/Float64MultiArray",
    "e_stop": "std_msgs/msg/Bool",
    "e_stop_active": "std_msgs/msg/Bool",
    "/diagnostics": "diagnostic_msgs/msg/DiagnosticArray",
}
"""Type by topic; the names without a leading slash are relative to the robot's namespace."""

OTHER_TYPES = {"cmd_vel": "geometry_msgs/msg/TwistStamped"}
"""Types of topics that may have two."""

HEARS = "recorder: hears "
"""Prefix of the line that the recorder prints when it has found a topic's first publisher."""
