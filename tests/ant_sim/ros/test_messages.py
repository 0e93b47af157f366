import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("sensor_msgs", reason="ROS 2 is not installed (make setup installs it)")

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus

from ant_sim.control_loop.reports import Report
from ant_sim.ros.messages import StateMessages, diagnostics, to_ns, to_time


def test_state_is_in_the_messages_with_its_stamp_names_and_frames(simulator, random_actions):
    messages = StateMessages(simulator.joint_names, "ant1/")
    simulator.reset(0)
    for stamp_ns, action in ((1_000_000_000, random_actions[0]), (1_050_000_000, random_actions[1])):
        simulator.step(action)
        state = simulator.state()
        messages.fill(state, stamp_ns)
        messages.fill_imu(simulator.imu())
        joints, odometry, imu = messages.joints, messages.odometry, messages.imu
        stamps = (joints.header.stamp, odometry.header.stamp, imu.header.stamp, messages.clock.clock)
        assert {to_ns(stamp) for stamp in stamps} == {stamp_ns}
        assert joints.name == list(simulator.joint_names)
        assert list(joints.position) == state.joint_positions
        assert list(joints.velocity) == state.joint_velocities
        assert list(joints.effort) == state.joint_efforts
        p, q = odometry.pose.pose.position, odometry.pose.pose.orientation
        v, w = odometry.twist.twist.linear, odometry.twist.twist.angular
        assert [p.x, p.y, p.z] == state.torso_position_w
        assert [q.w, q.x, q.y, q.z] == state.torso_quaternion
        assert (v.x, v.y, v.z) == state.torso_velocity_b
        assert [w.x, w.y, w.z] == state.torso_angular_velocity_b
        assert messages.height.data == p.z
        a = imu.linear_acceleration
        assert (a.x, a.y, a.z) == simulator.imu().linear_acceleration_b
        assert (imu.orientation, imu.angular_velocity) == (q, w)
    frames = (odometry.header.frame_id, odometry.child_frame_id, imu.header.frame_id)
    assert frames == ("ant1/odom", "ant1/torso", "ant1/torso")


@given(st.integers(0, 2**31 * 10**9 - 1))
def test_stamp_survives_its_message(stamp_ns):
    stamp = to_time(stamp_ns)
    assert (to_ns(stamp), stamp.nanosec < 10**9) == (stamp_ns, True)


@pytest.mark.parametrize(("is_warning", "level"), [(False, DiagnosticStatus.OK), (True, DiagnosticStatus.WARN)])
def test_report_is_a_status_of_its_part_of_the_node(is_warning, level):
    report = Report("control loop", "running", {"step": 3, "paused": False}, 1_500_000_000, is_warning)
    message = diagnostics(report, "/ant1/sim_node")
    (status,) = message.status
    assert message.header.stamp == Time(sec=1, nanosec=500_000_000)
    assert (status.level, status.name, status.message) == (level, "/ant1/sim_node: control loop", "running")
    assert {entry.key: entry.value for entry in status.values} == {"step": "3", "paused": "False"}
