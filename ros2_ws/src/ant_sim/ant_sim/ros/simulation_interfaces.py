"""Services of ros-simulation's `simulation_interfaces` 2.1, made of the node's own three, where it is installed."""

from collections.abc import Callable
from enum import IntEnum
from importlib import import_module
from typing import Any, NamedTuple

from rclpy.node import Node
from std_srvs.srv import SetBool, Trigger

from ant_ros.compat import LateResponses
from ant_sim.control_loop.loop import ControlLoop


class State(IntEnum):
    """SimulationState."""

    STOPPED, PLAYING, PAUSED, QUITTING, NO_WORLD, LOADING_WORLD = range(6)


class Result(IntEnum):
    """Codes of Result and of SetSimulationState."""

    FEATURE_UNSUPPORTED, OK, NOT_FOUND, INCORRECT_STATE, OPERATION_FAILED = range(5)
    ALREADY_IN_TARGET_STATE = 101


class Feature(IntEnum):
    """Those of SimulatorFeatures that this simulator has."""

    SIMULATION_RESET, SIMULATION_RESET_STATE = 20, 22
    SIMULATION_STATE_GETTING, SIMULATION_STATE_SETTING, SIMULATION_STATE_PAUSE = 24, 25, 26
    STEP_SIMULATION_SINGLE, STEP_SIMULATION_MULTIPLE = 31, 32


SCOPE_STATE = 2
"""Of ResetSimulation."""


class Answer(NamedTuple):
    """Result of a service."""

    result: Result
    error_message: str = ""


def judge_state(present: State, target: int) -> Answer:
    """Accept or refuse a request to go to a state."""
    if target not in (State.STOPPED, State.PLAYING, State.PAUSED):
        expected = "STATE_STOPPED (0), STATE_PLAYING (1) or STATE_PAUSED (2)"
        return Answer(Result.FEATURE_UNSUPPORTED, f"state {target} cannot be set; expected {expected}")
    return Answer(Result.ALREADY_IN_TARGET_STATE if target == present else Result.OK)


def judge_scope(scope: int) -> Answer:
    """Accept or refuse the scope of a reset."""
    if scope == SCOPE_STATE:
        return Answer(Result.OK)
    reason = "simulation time never goes back, and nothing is spawned"
    return Answer(Result.FEATURE_UNSUPPORTED, f"scope {scope}: {reason}; expected SCOPE_STATE ({SCOPE_STATE})")


class SimulationInterfaces:
    """The five services, beside `~/reset`, `~/set_pause` and `~/step`."""

    def __init__(
        self,
        node: Node,
        loop: ControlLoop,
        reset: Callable[[Trigger.Request, Trigger.Response], Trigger.Response],
        set_pause: Callable[[SetBool.Request, SetBool.Response], SetBool.Response],
        request_step: Callable[[Callable[[], None]], None],
    ) -> None:
        """Offer them, unless the package is not installed.

        Args:
            node: of the simulator.
            loop: its control loop.
            reset: callback of `~/reset`.
            set_pause: callback of `~/set_pause`.
            request_step: calls a function once a step is done, or the pause has ended.
        """
        self._node = node
        self._loop, self._reset_episode, self._set_pause, self._request_step = loop, reset, set_pause, request_step
        self._stopped_at = 0
        try:
            types = import_module("simulation_interfaces.srv")
        except ModuleNotFoundError:
            return
        node.create_service(types.GetSimulatorFeatures, "~/get_simulator_features", self._get_features)
        node.create_service(types.GetSimulationState, "~/get_simulation_state", self._get_state)
        node.create_service(types.SetSimulationState, "~/set_simulation_state", self._set_state)
        node.create_service(types.ResetSimulation, "~/reset_simulation", self._reset)
        steps = node.create_service(types.StepSimulation, "~/step_simulation", self._step)
        self._late_steps = LateResponses(steps)

    @property
    def state(self) -> State:
        """Stopped is paused at the first state of an episode, by request."""
        if not self._loop.paused:
            return State.PLAYING
        return State.STOPPED if self._loop.stamp_ns == self._stopped_at else State.PAUSED

    def _get_features(self, _: Any, response: Any) -> Any:
        response.features.features = list(Feature)
        response.features.custom_info = "a step is a control step; simulation time never goes back"
        return response

    def _get_state(self, _: Any, response: Any) -> Any:
        response.state.state = self.state
        return _fill(response, Answer(Result.OK))

    def _set_state(self, request: Any, response: Any) -> Any:
        target = request.state.state
        answer = judge_state(self.state, target)
        if answer.result is Result.OK:
            self._set_pause(SetBool.Request(data=target != State.PLAYING), SetBool.Response())
            if target == State.STOPPED:
                self._reset_episode(Trigger.Request(), Trigger.Response())
            self._stopped_at = self._loop.stamp_ns if target == State.STOPPED else 0
        return _fill(response, answer)

    def _reset(self, request: Any, response: Any) -> Any:
        answer = judge_scope(request.scope)
        if answer.result is Result.OK:
            self._reset_episode(Trigger.Request(), Trigger.Response())
        return _fill(response, answer)

    def _step(self, request: Any, response: Any) -> Any:
        self._late_steps.hold(response)
        self._advance(0, request.steps, response)
        return response

    def _advance(self, done: int, steps: int, response: Any) -> None:
        """Take the next step, as a task of its own, so that the one before is over; or respond."""
        if done < steps and self._loop.paused:
            create_task = self._node.executor.create_task
            self._request_step(lambda: create_task(self._advance, done + 1, steps, response))
            return
        text = f"{done} of {steps} steps done: not paused: call ~/set_pause with true first" if done < steps else ""
        _fill(response, Answer(Result.OPERATION_FAILED if text else Result.OK, text))
        self._late_steps.send(response)


def _fill(response: Any, answer: Answer) -> Any:
    response.result.result, response.result.error_message = answer
    return response
