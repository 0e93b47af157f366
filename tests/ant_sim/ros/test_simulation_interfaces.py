import pytest

pytest.importorskip("std_srvs", reason="ROS 2 is not installed (make setup installs it)")

from ant_sim.ros.simulation_interfaces import SCOPE_STATE, Feature, Result, State, judge_scope, judge_state

SETTABLE = [State.STOPPED, State.PLAYING, State.PAUSED]


@pytest.mark.parametrize("target", SETTABLE)
@pytest.mark.parametrize("present", SETTABLE)
def test_each_state_can_follow_each_other_state_and_not_itself(present, target):
    expected = Result.ALREADY_IN_TARGET_STATE if present == target else Result.OK
    assert judge_state(present, target).result is expected


@pytest.mark.parametrize("target", [State.QUITTING, State.NO_WORLD, State.LOADING_WORLD, 200])
def test_states_of_other_simulators_are_unsupported(target):
    answer = judge_state(State.PLAYING, target)
    assert answer.result is Result.FEATURE_UNSUPPORTED
    assert f"state {int(target)}" in answer.error_message
    assert "STATE_PAUSED (2)" in answer.error_message


@pytest.mark.parametrize("scope", [0, 1, 4, 255, SCOPE_STATE | 1])
def test_a_scope_that_would_turn_time_back_is_unsupported(scope):
    answer = judge_scope(scope)
    assert answer.result is Result.FEATURE_UNSUPPORTED
    assert "SCOPE_STATE (2)" in answer.error_message


def test_the_state_can_be_reset():
    assert judge_scope(SCOPE_STATE).result is Result.OK


def test_constants_are_those_of_the_message_package():
    messages = pytest.importorskip("simulation_interfaces.msg", reason="simulation_interfaces is not installed")
    services = pytest.importorskip("simulation_interfaces.srv", reason="simulation_interfaces is not installed")
    for state in State:
        assert getattr(messages.SimulationState, f"STATE_{state.name}") == state
    for feature in Feature:
        assert getattr(messages.SimulatorFeatures, feature.name) == feature
    for result in Result:
        own = result is Result.ALREADY_IN_TARGET_STATE
        kind, name = (
            (services.SetSimulationState.Response, result.name) if own else (messages.Result, f"RESULT_{result.name}")
        )
        assert getattr(kind, name) == result
    assert services.ResetSimulation.Request.SCOPE_STATE == SCOPE_STATE
