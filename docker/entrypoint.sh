#!/usr/bin/env bash
# Runs a command with ROS 2, the virtual environment and the workspace on the path.
set -e
# The base image sets ROS_DISTRO without sourcing ROS 2, which env.sh takes for a ROS 2 that is sourced already.
source "/opt/ros/$ROS_DISTRO/setup.bash" --
source /ant/env.sh
exec "$@"
