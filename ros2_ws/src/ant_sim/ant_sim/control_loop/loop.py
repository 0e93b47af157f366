"""Base of both control loops: episodes, stamps, pausing, stops."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

from ant_sim.control_loop.commands import Command, stop_command
from ant_sim.control_loop.config import SimConfig
from ant_sim.control_loop.events import EpisodeEnd, LoopListener, Outcome, Severity, Stop
from ant_sim.physics.simulator import Simulator
from ant_sim.tasks.task import Task

FIRST_STAMP_NS = 1_000_000_000
"""Simulation time starts at 1 s, as a ROS stamp of 0 means unset."""

REPUBLISH_PERIOD = 0.1
"""Period [s] of repeating the state while the robot stands still, for late joiners and lost messages."""


class ControlLoop(ABC):
    """Advances the simulator without blocking; `now` and deadlines are seconds of the steady clock.

    Attributes:
        stamp_ns: simulation time of the published state [ns].
        paused: time stands still, apart from requested steps.
        stop: cause of a stop; None while commands are followed or before the first one.
        stop_message: the same for people.
        episode: number of the present episode, from 1.
        steps: its control steps so far.
        episode_return: its return so far.
        control_steps: of all episodes.
        task: rewards steps and ends episodes.
    """

    def __init__(self, simulator: Simulator, config: SimConfig, listener: LoopListener, task: Task) -> None:
        """Create a loop at rest; `start` publishes its first state.

        Args:
            simulator: of the robot.
            config: parameters of the node.
            listener: callbacks.
            task: rewards steps and ends episodes.

        Raises:
            ValueError: if the robot has no such stop as `config.on_stop`.
        """
        self.stamp_ns = FIRST_STAMP_NS
        self.paused = False
        self.stop: Stop | None = None
        self.stop_message = ""
        self.episode = 1
        self.steps = 0
        self.episode_return = 0.0
        self.control_steps = 0
        self.task = task
        self._simulator = simulator
        self._config = config
        self._listener = listener
        self._period_ns = round(simulator.control_period * 1e9)
        interface, num_actuators = simulator.robot.interface, len(simulator.actuator_joints)
        self._stop_command, self._stopped = stop_command(interface, config.on_stop, num_actuators)
        # Before a first command the robot stands still.
        self._commanded = False
        # The published state is the last one of an episode.
        self._ended = False
        self._republish_at = math.inf
        self._step_requests: list[Callable[[], None]] = []
        self._due = -math.inf
        self._drop_command()

    @property
    def e_stopped(self) -> bool:
        """The e-stop is latched."""
        return self.stop is Stop.E_STOP

    def start(self, now: float) -> None:
        """Reset with the seed and publish the first state."""
        self._simulator.reset(self._config.seed)
        interface = self._config.command_interface
        self._listener.on_notice(Severity.INFO, f"standing still: waiting for a first command on {interface}")
        self._publish(now)

    @abstractmethod
    def on_command(self, stamp_ns: int | None, command: Command, now: float) -> None:
        """Handle a valid command.

        Args:
            stamp_ns: of the state that it answers; None where the topic has no stamps.
            command: for all joints.
            now: [s].
        """

    @abstractmethod
    def tick(self, now: float) -> None:
        """Do what is due."""

    @abstractmethod
    def deadline(self) -> float:
        """Time of the next `tick`."""

    @abstractmethod
    def _restart_timing(self, now: float) -> None:
        """Measure pace and timeout from `now`, after a reset, a pause or a request for a step."""

    @abstractmethod
    def _drop_command(self) -> None:
        """Forget the present command, so that the robot stops."""

    def set_paused(self, paused: bool, now: float) -> None:
        """Pause or resume; a pause is no fault, so timeouts restart when it ends."""
        if paused == self.paused:
            return
        self.paused = paused
        self._republish_at = now + REPUBLISH_PERIOD
        if not paused:
            self._restart_timing(now)
            self._finish_requests()

    def request_step(self, now: float, done: Callable[[], None]) -> None:
        """While paused, advance one control step as soon as its command is there; then call `done`."""
        self._step_requests.append(done)
        self._restart_timing(now)
        self.tick(now)

    def set_e_stop(self, stop: bool, reason: str = "e_stop") -> None:
        """Latch or release the e-stop: while it is latched, commands are ignored.

        Args:
            stop: latch.
            reason: of the latch, for people.
        """
        if stop and not self.e_stopped:
            self._drop_command()
            self._stop(f"{reason}: {self._stopped} until it is released", Stop.E_STOP)
        elif self.e_stopped and not stop:
            self._stop(f"e_stop released: {self._stopped} until a command comes", Stop.RELEASED)

    def reset(self, now: float) -> None:
        """Start a new episode one control period later, without integrating."""
        self._begin_episode(None if self._ended else Outcome.RESET, now)
        self._restart_timing(now)

    def _stop(self, message: str, stop: Stop) -> None:
        self.stop, self.stop_message = stop, message
        self._listener.on_notice(Severity.WARNING, message)

    def _wall_time(self, period: float) -> float:
        """Wall time [s] of a simulated period [s]; a stopped robot never runs as fast as possible."""
        factor = self._config.real_time_factor or (1.0 if self.stop else math.inf)
        return period / factor

    def _schedule(self, period: float, now: float) -> None:
        """Set the next due time on a grid of `period` [s, simulated], so that lateness does not add up.

        The grid begins anew after a delay of more than a control period.
        """
        is_late = now - self._due >= self._wall_time(self._simulator.control_period)
        self._due = (now if is_late else self._due) + self._wall_time(period)

    def _follow_commands(self) -> None:
        if not self._commanded:
            self._commanded = True
            self._listener.on_notice(Severity.INFO, "first command received: running")
        elif self.stop:
            self._listener.on_notice(Severity.INFO, "commands resumed")
        self.stop, self.stop_message = None, ""

    def _warn_if_ahead(self, stamp_ns: int | None) -> None:
        """Warn of an ignored command that answers a state which has not been published yet."""
        if stamp_ns is not None and stamp_ns > self.stamp_ns:
            text = f"command ignored: it answers a state of {stamp_ns} ns, but the newest is {self.stamp_ns} ns"
            self._listener.on_notice(Severity.WARNING, text)

    def _begin_episode(self, outcome: Outcome | None, now: float) -> None:
        """Begin an episode; `outcome` is that of the present one, unless it was reported before."""
        if outcome is not None:
            self._end_episode(outcome)
        self._ended = False
        self._drop_command()
        self.episode += 1
        self.steps, self.episode_return = 0, 0.0
        self._simulator.reset()
        self.stamp_ns += self._period_ns
        self._publish(now)
        self._finish_requests()

    def _complete_step(self, now: float) -> None:
        """Account for and publish the state at the end of a control step."""
        self.stamp_ns += self._period_ns
        reward, has_fallen = self.task.step(self._simulator)
        self.steps += 1
        self.control_steps += 1
        self.episode_return += reward
        self._publish(now)
        if self._config.reset_on_fall and has_fallen:
            self._end_episode(Outcome.TERMINATED)
        elif self.steps == self._config.episode_steps:
            self._end_episode(Outcome.TRUNCATED)
        self._finish_requests()

    def _end_episode(self, outcome: Outcome) -> None:
        self._ended = True
        end = EpisodeEnd(self.episode, self.steps, self.episode_return, outcome, self.stamp_ns)
        self._listener.on_episode_end(end)

    def _finish_requests(self) -> None:
        requests, self._step_requests = self._step_requests, []
        for done in requests:
            done()

    def _publish(self, now: float) -> None:
        self._republish_at = now + REPUBLISH_PERIOD
        self._listener.on_state(self.stamp_ns)

    @property
    def _standing(self) -> bool:
        """Time stands still, and no step is requested."""
        return (self.paused or not (self._commanded or self._ended)) and not self._step_requests
