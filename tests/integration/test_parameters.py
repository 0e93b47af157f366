"""Parameters at run time: taken at once, or refused with the reason."""

from pathlib import Path

import pytest
import yaml
from processes import Observer, wait_until
from rcl_interfaces.msg import Parameter, ParameterType, ParameterValue
from rcl_interfaces.srv import GetParameters, ListParameters, SetParameters
from rclpy.parameter import parameter_value_to_python
from sensor_msgs.msg import JointState


def value(python: object) -> ParameterValue:
    if isinstance(python, str):
        return ParameterValue(type=ParameterType.PARAMETER_STRING, string_value=python)
    return ParameterValue(type=ParameterType.PARAMETER_DOUBLE, double_value=python)


def change(observer: Observer, node: str, name: str, python: object) -> tuple[bool, str]:
    request = SetParameters.Request(parameters=[Parameter(name=name, value=value(python))])
    (result,) = observer.call(SetParameters, f"{node}/set_parameters", request).results
    return result.successful, result.reason


def test_limits_are_taken_while_the_policy_commands(start, observer: Observer) -> None:
    commands = observer.collect(JointState, "joint_commands")
    start("sim", seed=3)
    policy = start("policy", policy="random")
    wait_until(lambda: len(commands) > 5, "commands")
    assert max(map(abs, commands[-1].effort)) > 10.0
    assert change(observer, "policy_node", "max_effort", 10.0) == (True, "")
    count = len(commands)
    wait_until(lambda: len(commands) > count + 10, "more commands")
    assert max(max(map(abs, message.effort)) for message in commands[count + 2 :]) <= 10.0
    assert change(observer, "policy_node", "max_joint_velocity", 0.001)[0]
    policy.wait_for("max_joint_velocity is 0.001: zero effort until this node is activated again")


def test_change_that_cannot_be_is_refused_with_the_reason(start, observer: Observer) -> None:
    start("sim")
    start("policy", policy="random").wait_for("active: waiting")
    for node, name, new, reason in (
        ("policy_node", "policy", "dqn", "parameter 'policy' is read by configure: clean up the node first"),
        ("policy_node", "max_position_margin", 0.1, "has no envelope of joint positions"),
        ("policy_node", "on_stop", "jump", "parameter 'on_stop' is 'jump'; expected one of: , zero_effort"),
        ("policy_node", "max_effort", -1.0, "max_effort"),
        ("sim_node", "command_timeout", 1.0, "read-only"),
    ):
        successful, found = change(observer, node, name, new)
        assert not successful, name
        assert reason in found


def test_policy_may_change_before_configure(start, observer: Observer) -> None:
    policy = start("policy", policy="random", autostart=False)
    assert change(observer, "policy_node", "policy", "zero") == (True, "")
    start("policy", "--activate").wait()
    policy.wait_for(r"policy 'zero' \(zero\) is ready")


def dump(observer: Observer, node: str) -> dict[str, object]:
    names = observer.call(ListParameters, f"{node}/list_parameters", ListParameters.Request()).result.names
    response = observer.call(GetParameters, f"{node}/get_parameters", GetParameters.Request(names=names))
    return {name: parameter_value_to_python(each) for name, each in zip(names, response.values, strict=True)}


@pytest.mark.parametrize(("name", "node"), [("sim", "sim_node"), ("policy", "policy_node"), ("driver", "fake_driver")])
def test_dumped_parameters_start_the_same_node(start, observer: Observer, tmp_path: Path, name: str, node: str) -> None:
    """As `ros2 param dump` writes them."""
    start(name, seed=7)
    before = dump(observer, node)
    path = tmp_path / "dump.yaml"
    path.write_text(yaml.safe_dump({f"/second/{node}": {"ros__parameters": before}}))
    second = start(name, "--ros-args", "--params-file", str(path), "-r", "__ns:=/second")
    assert dump(observer, f"second/{node}") == before
    assert second.process.poll() is None
