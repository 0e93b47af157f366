"""ros-simulation's standard services, where that message package is installed."""

import pytest
from processes import Observer, stamp_ns, wait_until
from sensor_msgs.msg import JointState

from ant_sim.ros.simulation_interfaces import SCOPE_STATE, Feature, Result, State

types = pytest.importorskip("simulation_interfaces.srv", reason="simulation_interfaces is not installed")

PERIOD_NS = 50_000_000


@pytest.fixture
def ask(observer: Observer):
    def call(name: str, kind: type, **fields: object):
        return observer.call(kind, f"sim_node/{name}", kind.Request(**fields))

    return call


@pytest.fixture
def set_state(ask):
    def call(state: int) -> int:
        kind = types.SetSimulationState
        request = kind.Request()
        request.state.state = state
        return ask("set_simulation_state", kind, state=request.state).result.result

    return call


def test_simulation_is_paused_stepped_stopped_and_played_again(start, observer: Observer, ask, set_state) -> None:
    states = observer.collect(JointState, "joint_states")
    start("sim")
    start("policy", policy="random")
    assert ask("get_simulator_features", types.GetSimulatorFeatures).features.features.tolist() == list(Feature)
    wait_until(lambda: len(states) > 3 and stamp_ns(states[-1]) > stamp_ns(states[0]), "the robot in motion")

    def state() -> int:
        return ask("get_simulation_state", types.GetSimulationState).state.state

    assert state() == State.PLAYING
    assert set_state(State.PLAYING) == Result.ALREADY_IN_TARGET_STATE
    running = ask("step_simulation", types.StepSimulation, steps=1).result
    assert running.result == Result.OPERATION_FAILED
    assert "set_pause" in running.error_message

    assert set_state(State.PAUSED) == Result.OK
    assert state() == State.PAUSED
    before = ask("step_simulation", types.StepSimulation, steps=1).result
    assert before.result == Result.OK
    wait_until(lambda: stamp_ns(states[-1]) == stamp_ns(states[-2]), "a repeated state")
    stepped = stamp_ns(states[-1])
    assert ask("step_simulation", types.StepSimulation, steps=3).result.result == Result.OK
    wait_until(lambda: stamp_ns(states[-1]) == stepped + 3 * PERIOD_NS, "three more steps")
    assert state() == State.PAUSED

    episode = states[-1].header.frame_id
    assert set_state(State.STOPPED) == Result.OK
    assert state() == State.STOPPED
    wait_until(lambda: states[-1].header.frame_id != episode, "a new episode")
    assert ask("reset_simulation", types.ResetSimulation, scope=0).result.result == Result.FEATURE_UNSUPPORTED
    assert ask("reset_simulation", types.ResetSimulation, scope=SCOPE_STATE).result.result == Result.OK
    assert set_state(State.QUITTING) == Result.FEATURE_UNSUPPORTED
    assert set_state(State.PLAYING) == Result.OK
    wait_until(lambda: stamp_ns(states[-1]) > stepped + 10 * PERIOD_NS, "the robot in motion")
