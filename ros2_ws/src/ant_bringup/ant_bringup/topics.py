"""The topics of the interface contract and their types, free of ROS (docs/interface.md says what is on them)."""

TOPICS = {
    "joint_states": "sensor_msgs/msg/JointState",
    "odom": "nav_msgs/msg/Odometry",
    "imu": "sensor_msgs/msg/Imu",
    "torso_height": "std_msgs/msg/Float64",
    "/clock": "rosgraph_msgs/msg/Clock",
    "joint_commands": "sensor_msgs/msg/JointState",
    "effort_controller/commands": "std_msgs/msg/Float64MultiArray",
    "e_stop": "std_msgs/msg/Bool",
    "e_stop_active": "std_msgs/msg/Bool",
    "/diagnostics": "diagnostic_msgs/msg/DiagnosticArray",
}
"""Type by topic; the names without a leading slash are relative to the robot's namespace."""

HEARS = "recorder: hears "
"""Before a topic's name: the recorder prints it when it has found the topic's first publisher."""
