import pytest

from ant_sim.control_loop.config import SimConfig


@pytest.mark.parametrize("interface", ["joint_commands", "effort_controller"])
def test_both_command_interfaces_are_known(interface):
    assert SimConfig(command_interface=interface).command_interface == interface


def test_unknown_command_interface_is_refused_with_those_there_are():
    expected = "'command_interface' is 'position'; expected one of: joint_commands, effort_controller"
    with pytest.raises(ValueError, match=expected):
        SimConfig(command_interface="position")
