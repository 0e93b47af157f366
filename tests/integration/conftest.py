"""A ROS domain for each test, and processes that are gone after it."""

import itertools
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import ant_sim
from ant_bringup.child_process import this_machine
from ant_policy import default_card
from ant_policy.policies.formats.npz_file import save_npz
from ant_policy.policies.mlp import Layer

pytest.importorskip("rclpy", reason="rclpy is not installed (make setup installs it)")

import robots
from joystick import Joystick
from processes import NodeProcess, Observer, orphaned_segments, ros_arguments

# Whatever the shell lets in, tests do not.
os.environ.update(this_machine())

FIRST_DOMAIN, DOMAINS = 10, 90

_domains = itertools.cycle(range(FIRST_DOMAIN, FIRST_DOMAIN + DOMAINS))
for _ in range(os.getpid() % DOMAINS):
    next(_domains)


@contextmanager
def reserved_domain() -> Iterator[int]:
    """A ROS domain that no test has used lately, and none of another test run uses now.

    The reservation is a socket's abstract name, which ends with this process however it ends.
    """
    for number in itertools.islice(_domains, DOMAINS):
        with socket.socket(socket.AF_UNIX) as reservation:
            try:
                reservation.bind(f"\0ant_test_domain_{number}")
            except OSError:
                continue
            yield number
            return
    raise RuntimeError(f"ROS domains {FIRST_DOMAIN} to {FIRST_DOMAIN + DOMAINS - 1} are all in use by tests")


@pytest.fixture
def domain() -> Iterator[int]:
    """A ROS domain of this test's own."""
    before = orphaned_segments()
    with reserved_domain() as number:
        yield number
    # DDS cannot tidy up after a process that was killed.
    for name in orphaned_segments() - before:
        Path("/dev/shm", name).unlink(missing_ok=True)
        Path("/dev/shm", f"sem.{name}_mutex").unlink(missing_ok=True)


@pytest.fixture
def observer(domain: int) -> Iterator[Observer]:
    """A node in the test's domain."""
    node = Observer(domain)
    yield node
    node.close()


@pytest.fixture
def joystick(observer: Observer) -> Joystick:
    """A publisher of cmd_vel that measures how the robot follows."""
    return Joystick(observer)


@pytest.fixture
def start(domain: int, tmp_path: Path) -> Iterator[Callable[..., NodeProcess]]:
    """Start a node: `start("sim", seed=7)`, `start("policy", policy="zero")`.

    `prefix`, `environment` and `python` are those of `NodeProcess`; the other keywords are the node's parameters.
    """
    modules = {
        "sim": "ant_sim.sim_node",
        "policy": "ant_policy.policy_node",
        "run": "ant_bringup.run",
        "jump": "ant_bringup.jump",
        "driver": "ant_bringup.fake_driver",
        "markers": "ant_bringup.markers",
        "odom_to_tf": "ant_bringup.odom_to_tf",
        "web": "ant_bringup.web",
        "effort_log": "effort_log",
        "recorder": "ant_bringup.recorder",
        "check_parity": "ant_bringup.check_parity",
    }
    started: list[NodeProcess] = []

    def start_node(
        name: str,
        *arguments: str,
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] = MappingProxyType({}),
        python: Path | str = sys.executable,
        **parameters: object,
    ) -> NodeProcess:
        log = tmp_path / f"{name}_{len(started)}.log"
        given = [*arguments, *ros_arguments(**parameters)]
        # What a killed process leaves behind goes with the test's folder; no node renders.
        variables = {"TMPDIR": str(tmp_path), "MUJOCO_GL": "disable", **environment}
        node = NodeProcess(modules[name], log, given, domain, prefix, variables, python)
        started.append(node)
        return node

    yield start_node
    for node in reversed(started):
        node.close()


@pytest.fixture(scope="session")
def linear_policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy of random weights in PGPE's format: restless, deterministic."""
    folder = tmp_path_factory.mktemp("linear")
    card = default_card("pgpe")
    card.save(folder / "card.yaml")
    weight = np.random.default_rng(1).normal(0.0, 0.5, (card.action_size, card.observation_size))
    save_npz(folder / card.policy.file, [Layer(weight, np.zeros(card.action_size))])
    return folder


@pytest.fixture(scope="session", params=robots.ROBOTS)
def robot(request: pytest.FixtureRequest) -> robots.Robot:
    """A robot that takes efforts, and one that takes positions."""
    return robots.ROBOTS[request.param]()


@pytest.fixture(scope="session")
def falling_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Ant with a torso so thin that lying on the ground is a fall: with the real one, crashes alone are."""
    path = tmp_path_factory.mktemp("model") / "thin_ant.xml"
    text = ant_sim.MODEL_PATH.read_text()
    assert 'size="0.25"' in text
    path.write_text(text.replace('size="0.25"', 'size="0.1"'))
    return path
