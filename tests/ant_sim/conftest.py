"""Simulators, and a hand-driven clock for the control loops."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from ant_sim import MODEL_PATH, AntSimulator
from ant_sim.control_loop.commands import Command
from ant_sim.control_loop.config import SimConfig
from ant_sim.control_loop.events import EpisodeEnd, Severity
from ant_sim.control_loop.loop import FIRST_STAMP_NS, ControlLoop
from ant_sim.physics.robot import load_robot
from ant_sim.physics.simulator import Simulator
from ant_sim.tasks.jump import JumpTask

PERIOD_NS = 50_000_000


@dataclass(frozen=True)
class Published:
    """A state that the loop had published, and when."""

    at: float
    stamp_ns: int
    qpos: np.ndarray


class Drive:
    """Gives a control loop its time and its commands, and keeps in order what it tells its listener."""

    def __init__(self, loop_type: type[ControlLoop], simulator: Simulator, config: SimConfig, task=None) -> None:
        self.now = 100.0
        self.told = []
        self.simulator = simulator
        self.loop = loop_type(simulator, config, self, task or JumpTask())
        self.loop.start(self.now)

    def on_state(self, stamp_ns):
        self.told.append(Published(self.now, stamp_ns, self.simulator.data.qpos.copy()))

    def on_episode_end(self, end):
        self.told.append(end)

    def on_notice(self, severity, text):
        self.told.append((severity, text))

    @property
    def states(self):
        """All publications, repeated ones too."""
        return [item for item in self.told if isinstance(item, Published)]

    @property
    def fresh(self):
        """The first publication of each stamp."""
        states = self.states
        return [state for i, state in enumerate(states) if i == 0 or state.stamp_ns != states[i - 1].stamp_ns]

    @property
    def ends(self):
        return [item for item in self.told if isinstance(item, EpisodeEnd)]

    @property
    def warnings(self):
        return [item[1] for item in self.told if isinstance(item, tuple) and item[0] is Severity.WARNING]

    @property
    def infos(self):
        return [item[1] for item in self.told if isinstance(item, tuple) and item[0] is Severity.INFO]

    @property
    def control_instants(self):
        """Control periods from the first stamp to the present one."""
        periods, rest = divmod(self.loop.stamp_ns - FIRST_STAMP_NS, PERIOD_NS)
        assert rest == 0
        return periods

    def wait(self, seconds, late=0.0, ticks=20_000):
        """Tick at each deadline (`late` by so much) until the time is over, or `ticks` times."""
        end = self.now + seconds
        while ticks and self.loop.deadline() + late <= end:
            self.now = max(self.now, self.loop.deadline() + late)
            self.loop.tick(self.now)
            ticks -= 1
        self.now = end

    def tick_after(self, seconds):
        """One tick only, after that time, as if the process had been held up until then."""
        self.now += seconds
        self.loop.tick(self.now)

    def send(self, ctrl, stamp_ns=0):
        """Send a command or a control at once; `stamp_ns` 0 is the stamp of the published state."""
        if not isinstance(ctrl, Command):
            ctrl = np.full(8, ctrl, dtype=np.float32) if np.ndim(ctrl) == 0 else ctrl
            ctrl = Command(ctrl, is_stop=not ctrl.any())
        self.loop.on_command(self.loop.stamp_ns if stamp_ns == 0 else stamp_ns, ctrl, self.now)

    def send_for(self, seconds, ctrl):
        """Send a command every 20 ms for this long."""
        for _ in range(round(seconds / 0.02)):
            self.send(ctrl)
            self.wait(0.02)

    def answer(self, ctrl, count=1, latency=0.001):
        """Answer `count` states, each a latency after it was published, and wait for the next one."""
        for _ in range(count):
            stamp_ns = self.loop.stamp_ns
            self.wait(latency)
            self.send(ctrl)
            while self.loop.stamp_ns == stamp_ns:
                self.wait(max(0.0, self.loop.deadline() - self.now))

    def pause(self, paused=True):
        self.loop.set_paused(paused, self.now)

    def step(self):
        """Ask for one step; the list that is returned gets an entry when it is done."""
        done = []
        self.loop.request_step(self.now, lambda: done.append(self.loop.stamp_ns))
        return done

    def happen(self, event, argument):
        """One of the things that can happen to a loop; a command is (control, stamp after that of the state)."""
        if event == "command":
            ctrl, offset_ns = argument
            self.send(ctrl, None if offset_ns is None else self.loop.stamp_ns + offset_ns)
        elif event == "pause":
            self.pause(argument)
        elif event == "e_stop":
            self.loop.set_e_stop(argument)
        elif event == "step" and self.loop.paused:
            self.step()
        elif event == "reset":
            self.loop.reset(self.now)
        elif event == "held up":
            self.tick_after(0.5)


@pytest.fixture(scope="session")
def simulator():
    """A simulator whose state is anybody's: reset it."""
    return AntSimulator()


@pytest.fixture
def floating(simulator):
    """The simulator, its robot high up, level, still, each joint in the middle of its range."""
    simulator.reset(0)
    data = simulator.data
    data.qpos = [0, 0, 5, 1, 0, 0, 0, *np.deg2rad([0, 50, 0, -50, 0, -50, 0, 50])]
    data.qvel = 0.0
    ranges = simulator.model.jnt_range[1:]
    np.testing.assert_allclose(data.qpos[7:], ranges.mean(axis=1), atol=1e-12)
    return simulator


@pytest.fixture(scope="session")
def reference():
    """Another one, to compare with."""
    return AntSimulator()


@pytest.fixture(scope="session")
def sunken_model(tmp_path_factory):
    """The Ant over a floor that is 0.4 m lower, so that every episode ends in a fall within a few steps."""
    text = MODEL_PATH.read_text()
    sunken = text.replace('type="plane"', 'type="plane" pos="0 0 -0.4"')
    assert sunken != text
    path = tmp_path_factory.mktemp("sunken") / "ant.xml"
    path.write_text(sunken)
    return path


@pytest.fixture(scope="session")
def sunken_simulator(sunken_model):
    return AntSimulator(sunken_model)


@pytest.fixture(scope="session")
def drive(simulator, sunken_simulator):
    """Start a loop: drive(Lockstep, real_time_factor=0.0); sinks=True for one that falls."""

    def start(loop_type, sinks=False, **config):
        return Drive(loop_type, sunken_simulator if sinks else simulator, SimConfig(**config))

    return start


@pytest.fixture(scope="session")
def drive_of():
    """Start a loop on a simulator of one's own: drive_of(Lockstep, simulator, NoTask(), on_stop="hold")."""

    def start(loop_type, simulator, task, **config):
        return Drive(loop_type, simulator, SimConfig(**config), task)

    return start


@pytest.fixture
def start(request, drive):
    """Start the loop that the test's module calls `LOOP`: start(real_time_factor=0.0)."""
    return partial(drive, request.module.LOOP)


@pytest.fixture
def run(start):
    """A loop at real time that has had its first command, 0.125, and done its first control or physics step."""
    run = start()
    run.send(0.125)
    run.wait(0.0)
    return run


@pytest.fixture(scope="session")
def moved_by(reference):
    """Position of a robot that has followed these controls, a control step each, from its first reset."""

    def follow(*controls, seed=0):
        reference.reset(seed)
        for ctrl in controls:
            reference.step(np.full(8, ctrl, dtype=np.float32) if np.ndim(ctrl) == 0 else ctrl)
        return reference.data.qpos

    return follow


@pytest.fixture(scope="session")
def moved_by_substeps(reference):
    """Position of a robot that has followed these controls, a physics step each, from a reset."""

    def follow(*controls, resets=1):
        reference.reset(0)
        for _ in range(resets - 1):
            reference.reset()
        for ctrl in controls:
            reference.substep(np.full(8, ctrl, dtype=np.float32))
        return reference.data.qpos

    return follow


@pytest.fixture(scope="session")
def random_actions():
    """(1000, 8) float32 controls."""
    return np.random.default_rng(7).uniform(-1.0, 1.0, (1000, 8)).astype(np.float32)


@pytest.fixture(scope="session")
def simulate(tmp_path_factory):
    """Simulate the robot of an MJCF text or file: simulate(ARM, base_link="hand", keyframe="home")."""

    def create(mjcf, base_link="", control_period=0.02, **options):
        path = mjcf
        if isinstance(mjcf, str):
            path = tmp_path_factory.mktemp("robot") / "robot.xml"
            path.write_text(mjcf)
        return Simulator(load_robot(path, base_link), control_period, **options)

    return create
