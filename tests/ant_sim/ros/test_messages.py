import pytest

pytest.importorskip("sensor_msgs", reason="ROS 2 is not installed (make setup installs it)")

from ant_ros.messages import to_ns
from ant_sim.ros.messages import StateMessages


def test_state_is_in_the_messages_with_its_stamp_names_and_frames(simulator, random_actions):
    messages = StateMessages(simulator.joint_names, "torso", "ant1/")
    simulator.reset(0)
    for stamp_ns, action in ((1_000_000_000, random_actions[0]), (1_050_000_000, random_actions[1])):
        simulator.step(action)
        state = simulator.state()
        messages.fill(state, stamp_ns, 3)
        messages.fill_imu(simulator.proper_acceleration_b())
        joints, odometry, imu = messages.joints, messages.odometry, messages.imu
        stamps = (joints.header.stamp, odometry.header.stamp, imu.header.stamp, messages.clock.clock)
        assert {to_ns(stamp) for stamp in stamps} == {stamp_ns}
        assert joints.header.frame_id == "episode_3"
        assert joints.name == list(simulator.joint_names)
        assert list(joints.position) == state.joint_positions
        assert list(joints.velocity) == state.joint_velocities
        assert list(joints.effort) == state.joint_efforts
        p, q = odometry.pose.pose.position, odometry.pose.pose.orientation
        v, w = odometry.twist.twist.linear, odometry.twist.twist.angular
        assert [p.x, p.y, p.z] == state.base_position_w
        assert [q.w, q.x, q.y, q.z] == state.base_quaternion
        assert (v.x, v.y, v.z) == state.base_velocity_b
        assert [w.x, w.y, w.z] == state.base_angular_velocity_b
        assert messages.height.data == p.z
        a = imu.linear_acceleration
        assert (a.x, a.y, a.z) == simulator.proper_acceleration_b()
        assert (imu.orientation, imu.angular_velocity) == (q, w)
    frames = (odometry.header.frame_id, odometry.child_frame_id, imu.header.frame_id)
    assert frames == ("ant1/odom", "ant1/torso", "ant1/torso")
