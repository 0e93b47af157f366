"""Parameters, QoS, messages and the process of a ROS 2 node, shared by all packages.

`config` and `commander` import no ROS, so that pure modules may use them.
"""
