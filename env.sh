# Puts the virtual environment, ROS 2 (a full Jazzy, or the wheels in the virtual environment) and this workspace on
# the path. To be sourced by bash or zsh, from any folder: `source env.sh`. It sets nothing up; `make setup` does.

# ROS 2's and colcon's own scripts read unset variables: a caller's `set -eu` has to wait.
_ant_options="$-"
set +eu

_ant_root="$(cd "$(dirname "${BASH_SOURCE[0]:-${(%):-%x}}")" && pwd)"

# A full ROS 2 Jazzy is used where one is installed, unless one is sourced already (ROS_DISTRO alone does not tell: the
# official images set it without sourcing).
if [ -z "${AMENT_PREFIX_PATH:-}" ] && [ -f /opt/ros/jazzy/setup.sh ]; then
    AMENT_CURRENT_PREFIX=/opt/ros/jazzy . /opt/ros/jazzy/setup.sh
fi

if [ -f "$_ant_root/.venv/bin/activate" ]; then
    VIRTUAL_ENV_DISABLE_PROMPT=1 . "$_ant_root/.venv/bin/activate"
    # The wheels install like an underlay, but have no setup file: colcon and ament_index need to know where they are.
    if [ -f "$_ant_root/.venv/share/ament_index/resource_index/packages/rclpy" ]; then
        case ":${AMENT_PREFIX_PATH:-}:" in
            *":$_ant_root/.venv:"*) ;;
            *) export AMENT_PREFIX_PATH="$_ant_root/.venv${AMENT_PREFIX_PATH:+:$AMENT_PREFIX_PATH}" ;;
        esac
    fi
fi

for _ant_package in ant_sim ant_policy ant_bringup; do
    _ant_prefix="$_ant_root/ros2_ws/install/$_ant_package"
    if [ -f "$_ant_prefix/share/$_ant_package/package.sh" ]; then
        case ":${AMENT_PREFIX_PATH:-}:" in
            *":$_ant_prefix:"*) ;;
            *) COLCON_CURRENT_PREFIX="$_ant_prefix" . "$_ant_prefix/share/$_ant_package/package.sh" ;;
        esac
    fi
done

# Nobody else on the network is heard or moved unless this is set to something else before.
export ROS_AUTOMATIC_DISCOVERY_RANGE="${ROS_AUTOMATIC_DISCOVERY_RANGE:-LOCALHOST}"
# Not by shared memory: a process that is killed while it holds Fast DDS's lock there blocks the publishers of all others
# for seconds (docs/reliability.md), and it joins processes of one user alone. rmw_fastrtps uses it with LOCALHOST whatever
# FASTDDS_BUILTIN_TRANSPORTS says, so that this machine alone is a profile of Fast DDS.
export FASTDDS_BUILTIN_TRANSPORTS="${FASTDDS_BUILTIN_TRANSPORTS:-UDPv4}"
_ant_profile="$_ant_root/ros2_ws/install/ant_bringup/share/ant_bringup/config/dds_this_machine.xml"
if [ "$ROS_AUTOMATIC_DISCOVERY_RANGE" != SYSTEM_DEFAULT ] && [ "${FASTRTPS_DEFAULT_PROFILES_FILE:-}" = "$_ant_profile" ]
then
    unset FASTRTPS_DEFAULT_PROFILES_FILE
fi
if [ "$ROS_AUTOMATIC_DISCOVERY_RANGE" = LOCALHOST ] && [ -z "${FASTRTPS_DEFAULT_PROFILES_FILE:-}" ] &&
    [[ "${RMW_IMPLEMENTATION:-rmw_fastrtps_cpp}" == rmw_fastrtps* ]] && [ -f "$_ant_profile" ]; then
    export ROS_AUTOMATIC_DISCOVERY_RANGE=SYSTEM_DEFAULT FASTRTPS_DEFAULT_PROFILES_FILE="$_ant_profile"
fi
case "$_ant_options" in *u*) set -u ;; esac
case "$_ant_options" in *e*) set -e ;; esac
unset _ant_root _ant_package _ant_prefix _ant_profile _ant_options
