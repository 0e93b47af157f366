"""A robot without ROS in front of a controller, with its clock in the test's hand, and policies to tell apart."""

import math

import numpy as np

from ant_policy.card.card import default_card
from ant_policy.control.config import PolicyConfig
from ant_policy.control.controller import Controller
from ant_policy.observation.samples import BaseSample, JointSample

MS = 1_000_000
S = 1000 * MS
CARD = default_card("pgpe")
JOINTS = CARD.joints.names
WEIGHTS = np.random.default_rng(0).normal(scale=0.2, size=(8, 27)).astype(np.float32)


class LinearPolicy:
    """Acts by every part of what it sees, and remembers that."""

    def __init__(self, card=CARD, gain=1.0):
        self.card = card
        self.gain = gain
        self.seen = []

    def act(self, observation):
        self.seen.append(observation)
        return np.clip(self.gain * WEIGHTS @ np.float32(observation), -1.0, 1.0)

    def reset(self):
        pass


class ConstantPolicy:
    card = CARD

    def __init__(self, value):
        self.value = value

    def act(self, _):
        return np.full(8, self.value, dtype=np.float32)

    def reset(self):
        pass


class Robot:
    """Feeds a controller with states, and keeps what it commands."""

    def __init__(self, policy=None, names=JOINTS, **config):
        self.policy = policy or LinearPolicy()
        self.controller = Controller(self.policy, PolicyConfig(**config))
        self.names = list(names)
        self.now = 50.0
        self.controller.activate(self.now)
        self.commands = []

    def _keep(self, commands):
        self.commands += commands
        return commands

    def joints(self, stamp_ns, positions=None, velocities=None, names=None):
        names = self.names if names is None else names
        numbers = [0.1 * (JOINTS.index(name) + 1) if name in JOINTS else 9.9 for name in names]
        positions, velocities = (numbers if each is None else each for each in (positions, velocities))
        sample = JointSample(stamp_ns, list(names), positions, velocities)
        return self._keep(self.controller.on_joint_states(sample, self.now))

    def odom(self, stamp_ns, **changes):
        values = {"height": 0.6, "quaternion": (1.0, 0.0, 0.0, 0.0)}
        values |= {"velocity_b": (0.1, 0.2, 0.3), "angular_velocity_b": (0.4, 0.5, 0.6)} | changes
        return self._keep(self.controller.on_sample("odom", BaseSample(stamp_ns, **values), self.now))

    def state(self, stamp_ns, **changes):
        """A complete state, odometry first, as the simulator sends it."""
        return self.odom(stamp_ns, **changes) + self.joints(stamp_ns)

    def pieces(self, stamp_ns, *groups, **changes):
        """A state whose joints come in several messages, and its odometry."""
        commands = self.odom(stamp_ns, **changes)
        for names in groups:
            commands += self.joints(stamp_ns, names=names)
        return commands

    def bad_state(self, stamp_ns):
        return self.state(stamp_ns, height=math.nan)

    def wait(self, seconds):
        """Call the watchdog every 20 ms for this long."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(self.now + 0.02, end)
            self._keep(self.controller.tick(self.now))

    @property
    def stamps(self):
        return [command.stamp_ns for command in self.commands]


def same(a, b):
    return a.stamp_ns == b.stamp_ns and np.array_equal(a.values, b.values)


def is_zero(command):
    return command.values.shape == (8,) and not command.values.any()
