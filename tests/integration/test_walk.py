"""The shipped quadruped and policy `walk`: a robot with position control that follows cmd_vel, without odometry."""

import numpy as np
from geometry_msgs.msg import TwistStamped
from joystick import Joystick
from processes import Observer, repeating


def test_quadruped_follows_cmd_vel(start, observer: Observer) -> None:
    joystick = Joystick(observer, TwistStamped)
    with repeating(joystick.publish, 0.05):
        # In lockstep, so that a slow machine changes nothing: timeouts of real time would.
        sim = start("sim", robot="quadruped", real_time_factor=5.0, command_timeout=10.0)
        policy = start(
            "policy", policy="walk", state_timeout=10.0, command_input_timeout=10.0, command_input="twist_stamped"
        )
        policy.wait_for("active: waiting for joint_states and imu")
        joystick.wait(1.0)
        forwards, turning, standing = (joystick.drive(*each) for each in ((0.5, 0, 0), (0, 0, 0.6), (0, 0, 0)))
    np.testing.assert_allclose(forwards[:3], (0.5, 0.0, 0.0), atol=0.2)
    np.testing.assert_allclose(turning[:3], (0.0, 0.0, 0.6), atol=0.25)
    np.testing.assert_allclose(standing[:3], 0.0, atol=0.1)
    assert joystick.lowest() > 0.2
    assert "command rejected" not in sim.output
