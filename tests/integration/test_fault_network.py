"""A policy and a robot on two hosts (network namespaces), whose cable is cut or bad."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import every_round, record
from processes import NodeProcess, wait_until
from robots import Robot

LIMIT = 0.2 + 0.3
"""Longest time until zero effort [s]: the timeout, and what a busy machine of two cores may add."""

HOSTS = {"robot": "10.99.0.1", "desk": "10.99.0.2"}


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


class Cable:
    """Two hosts and what joins them."""

    def __init__(self) -> None:
        self._names = {host: f"ant_{host}_{os.getpid()}" for host in HOSTS}
        try:
            self._lay()
        except subprocess.CalledProcessError:
            self.close()
            raise

    def _lay(self) -> None:
        for name in self._names.values():
            run("ip", "netns", "add", name)
        run("ip", "link", "add", "cable", "netns", self._names["robot"], "type", "veth", "peer", "name", "cable",
            "netns", self._names["desk"])  # fmt: skip
        for host, address in HOSTS.items():
            self._on(host, "ip", "addr", "add", f"{address}/24", "dev", "cable")
            self._on(host, "ip", "link", "set", "lo", "up")
            self._on(host, "ip", "link", "set", "cable", "up")
            self._on(host, "ip", "route", "add", "224.0.0.0/4", "dev", "cable")

    def on(self, host: str) -> dict[str, object]:
        """Arguments that start a process on a host, with DDS by UDP alone, as memory is shared between namespaces."""
        environment = {
            "ROS_AUTOMATIC_DISCOVERY_RANGE": "SUBNET",
            "FASTDDS_BUILTIN_TRANSPORTS": "UDPv4",
            "FASTRTPS_DEFAULT_PROFILES_FILE": "",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
        }
        return {"prefix": ("ip", "netns", "exec", self._names[host]), "environment": environment}

    def lose(self, percent: int) -> None:
        """Lose so many of the packets, in both directions."""
        for host in HOSTS:
            self._on(host, "nft", "add", "table", "inet", "bad")
            self._on(host, "nft", "add chain inet bad input { type filter hook input priority 0 ; }")
            some = f"numgen random mod 100 < {percent}" if percent < 100 else ""
            self._on(host, "nft", f"add rule inet bad input iifname cable {some} drop")

    def heal(self) -> None:
        """Lose nothing any more."""
        for host in HOSTS:
            self._on(host, "nft", "delete", "table", "inet", "bad")

    def close(self) -> None:
        for name in self._names.values():
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)

    def _on(self, host: str, *command: str) -> None:
        run("ip", "netns", "exec", self._names[host], *command)


@pytest.fixture
def cable() -> Iterator[Cable]:
    for tool in ("ip", "nft"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed (apt install iproute2 nftables)")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    try:
        made = Cable()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces cannot be made here: {error.stderr.decode().strip()}")
    yield made
    made.close()


def logged(log: NodeProcess) -> list[tuple[str, float]]:
    return [(what, float(at)) for what, at in re.findall(r"^(moving|stopped) ([\d.]+)$", log.output, re.MULTILINE)]


def stopped_at(log: NodeProcess, since: float) -> float:
    """Wait until the robot is stopped for good; returns from when on [s, wall clock]."""

    def stops() -> list[float]:
        lines = logged(log)
        last_motion = max(i for i, (what, _) in enumerate(lines) if what == "moving")
        return [at for _, at in lines[last_motion + 1 :]]

    # It is said once a second: two lines of it.
    wait_until(lambda: len(stops()) >= 2 and stops()[-1] > since, "a stop")
    return stops()[0]


def wait_for_motion(log: NodeProcess, since: float = 0.0) -> None:
    wait_until(lambda: any(what == "moving" and at > since for what, at in logged(log)), "the robot in motion", 60)


def robot_and_desk(start, cable: Cable, robot: Robot, number: int) -> list[NodeProcess]:
    """Log, driver and policy, which commands the robot."""
    log = start("effort_log", robot.name, **cable.on("robot"))
    driver = start("driver", defects=False, seed=number, **robot.parameters, **cable.on("robot"))
    policy = start("policy", policy=robot.policy, **cable.on("desk"))
    driver.wait_for("following them")
    wait_for_motion(log)
    return [log, driver, policy]


@every_round
def test_network_is_cut_and_healed(start, cable: Cable, robot: Robot, number: int) -> None:
    log, driver, policy = robot_and_desk(start, cable, robot, number)
    begin = time.time()
    cable.lose(100)
    end = time.time()
    stopped = stopped_at(log, begin)
    assert stopped - end < LIMIT
    driver.wait_for("no command for 0.2 s")
    policy.wait_for("no (joint_states|odom|imu) for 0.2 s")
    cable.heal()
    healed = time.time()
    policy.wait_for("states are back")
    wait_for_motion(log, healed)
    # It was cut somewhere between begin and end.
    record(robot, "network cut, then healed", "stopped on both sides; resumes by itself", stopped - begin)
    for node in (driver, policy):
        assert node.stop() == 0
        assert "Traceback" not in node.output


@every_round
@pytest.mark.parametrize("percent", [5, 20])
def test_network_loses_packets(start, cable: Cable, robot: Robot, percent: int, number: int) -> None:
    log, driver, policy = robot_and_desk(start, cable, robot, number)
    cable.lose(percent)
    begin = time.monotonic()
    wait_until(lambda: time.monotonic() > begin + 5.0, "five seconds of it")
    stops = driver.output.count("no command for 0.2 s")
    cable.heal()
    wait_for_motion(log, time.time())
    record(
        robot,
        f"{percent} % of packets lost for 5 s",
        f"commands late by more than 0.2 s {stops} times, then stopped; resumes by itself",
    )
    for node in (driver, policy):
        assert node.stop() == 0
        assert "Traceback" not in node.output
