"""Bags without ROS: what a simulator and a policy in lockstep would have said, written by the recorder's own writer."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from rosbags.typesys import Stores, get_typestore

import ant_sim
from ant_bringup.bags.mcap_file import Message
from ant_bringup.bags.topics import TOPICS
from ant_bringup.bags.writer import BagWriter
from ant_policy import default_card
from ant_sim.control_loop.loop import FIRST_STAMP_NS

PERIOD_NS = 50_000_000
WALL_NS = 1_700_000_000_000_000_000
STORE = get_typestore(Stores.ROS2_JAZZY)
CARD = default_card("sac")


def message(topic: str, logged_ns: int, published_ns: int, content: Any, namespace: str = "") -> Message:
    """A message of the contract, serialised; `content` holds its fields."""
    name = topic if topic.startswith("/") else f"{namespace}/{topic}"
    return Message(name, TOPICS[topic], logged_ns, published_ns, bytes(STORE.serialize_cdr(content, TOPICS[topic])))


def header(stamp_ns: int, frame: str = "") -> Any:
    stamp = STORE.types["builtin_interfaces/msg/Time"](*divmod(stamp_ns, 1_000_000_000))
    return STORE.types["std_msgs/msg/Header"](stamp, frame)


def joint_state(stamp_ns: int, names: Any, positions: Any, velocities: Any, efforts: Any, frame: str = "") -> Any:
    arrays = [np.array(each, dtype=np.float64) for each in (positions, velocities, efforts)]
    return STORE.types["sensor_msgs/msg/JointState"](header(stamp_ns, frame), list(names), *arrays)


def imu(stamp_ns: int, quaternion: Any, rate: Any) -> Any:
    types = STORE.types
    vector = types["geometry_msgs/msg/Vector3"]
    w, x, y, z = quaternion
    orientation = types["geometry_msgs/msg/Quaternion"](x, y, z, w)
    unknown = np.zeros(9)
    return types["sensor_msgs/msg/Imu"](
        header(stamp_ns), orientation, unknown, vector(*rate), unknown, vector(0.0, 0.0, 9.81), unknown
    )


def twist(x: float, y: float, yaw: float) -> Any:
    vector = STORE.types["geometry_msgs/msg/Vector3"]
    return STORE.types["geometry_msgs/msg/Twist"](vector(x, y, 0.0), vector(0.0, 0.0, yaw))


def odometry(stamp_ns: int, state: ant_sim.RobotState) -> Any:
    types = STORE.types
    vector = types["geometry_msgs/msg/Vector3"]
    w, x, y, z = state.base_quaternion
    pose = types["geometry_msgs/msg/Pose"](
        types["geometry_msgs/msg/Point"](*state.base_position_w), types["geometry_msgs/msg/Quaternion"](x, y, z, w)
    )
    twist = types["geometry_msgs/msg/Twist"](vector(*state.base_velocity_b), vector(*state.base_angular_velocity_b))
    return types["nav_msgs/msg/Odometry"](
        header(stamp_ns, "odom"),
        "torso",
        types["geometry_msgs/msg/PoseWithCovariance"](pose, np.zeros(36)),
        types["geometry_msgs/msg/TwistWithCovariance"](twist, np.zeros(36)),
    )


def status(stamp_ns: int, name: str, level: int = 0, text: str = "", **values: object) -> Any:
    types = STORE.types
    entries = [types["diagnostic_msgs/msg/KeyValue"](key, str(value)) for key, value in values.items()]
    status = types["diagnostic_msgs/msg/DiagnosticStatus"](
        level=level, name=name, message=text, hardware_id="", values=entries
    )
    return types["diagnostic_msgs/msg/DiagnosticArray"](header(stamp_ns), [status])


def changed(each: Message, **changes: Any) -> Message:
    """The message with other fields, given as functions of its content."""
    content = STORE.deserialize_cdr(each.data, each.kind)
    content = replace(content, **{name: change(content) for name, change in changes.items()})
    return replace(each, data=bytes(STORE.serialize_cdr(content, each.kind)))


@dataclass
class Rollout:
    """Data of one episode of the environment."""

    observations: list = field(default_factory=list)
    actions: list = field(default_factory=list)
    rewards: list = field(default_factory=list)


@dataclass
class Run:
    """Episodes of the environment under random controls, and the messages that ROS would have carried."""

    namespace: str = ""
    latency_ns: int = 2_000_000
    messages: list[Message] = field(default_factory=list)
    rollouts: list[Rollout] = field(default_factory=list)
    stamp_ns: int = FIRST_STAMP_NS

    def say(self, topic: str, content: Any, delay_ns: int = 0) -> None:
        published_ns = WALL_NS + self.stamp_ns + delay_ns
        self.messages.append(message(topic, self.stamp_ns, published_ns, content, self.namespace))

    def publish(self, state: ant_sim.RobotState, names: Any) -> None:
        self.say("odom", odometry(self.stamp_ns, state))
        values = (state.joint_positions, state.joint_velocities, state.joint_efforts)
        self.say("joint_states", joint_state(self.stamp_ns, names, *values))

    def simulate(self, lengths: list[int], seed: int = 0, report: bool = True) -> "Run":
        env, rng = gym.make("CustomAntEnv-v1"), np.random.default_rng(seed)
        simulator = env.unwrapped.simulator
        for number, length in enumerate(lengths, 1):
            rollout = Rollout()
            observation, _ = env.reset(seed=seed if number == 1 else None)
            self.publish(simulator.state(), simulator.joint_names)
            rollout.observations.append(observation)
            for _ in range(length):
                action = rng.uniform(-1.0, 1.0, 8).astype(np.float32)
                efforts = dict(zip(CARD.action.joints, (300.0 * action.astype(np.float64)).tolist(), strict=True))
                names = sorted(efforts)
                command = joint_state(self.stamp_ns, names, [], [], [efforts[name] for name in names], "policy")
                self.say("joint_commands", command, self.latency_ns)
                observation, reward, *_ = env.step(action)
                self.stamp_ns += PERIOD_NS
                self.publish(simulator.state(), simulator.joint_names)
                rollout.observations.append(observation)
                rollout.actions.append(action)
                rollout.rewards.append(reward)
            if report:
                total = repr(sum(rollout.rewards))
                values = {"episode": number, "steps": length, "return": total, "outcome": "truncated"}
                self.say("/diagnostics", status(self.stamp_ns, f"{self.namespace}/sim_node: episode", **values))
            self.stamp_ns += PERIOD_NS
            self.rollouts.append(rollout)
        env.close()
        return self

    def write(self, folder: Path, flush_every: int = 0, **options: int) -> Path:
        writer = BagWriter(folder, **options)
        for number, each in enumerate(self.messages, 1):
            writer.append(each)
            if flush_every and number % flush_every == 0:
                writer.flush()
        writer.finish()
        return folder


@pytest.fixture
def new_run() -> type[Run]:
    """Makes empty runs: `new_run(namespace="/ant1")`."""
    return Run


@pytest.fixture(scope="session")
def message_tools() -> SimpleNamespace:
    """Makers of messages."""
    return SimpleNamespace(
        message=message, joint_state=joint_state, imu=imu, twist=twist, status=status, changed=changed
    )


@pytest.fixture(scope="session")
def two_episodes() -> Run:
    """Episodes of 30 and 20 steps."""
    return Run().simulate([30, 20])


@pytest.fixture
def bag_folder(two_episodes: Run, tmp_path: Path) -> Path:
    """A bag of `two_episodes`."""
    return two_episodes.write(tmp_path / "first")
