"""Recorder as a child process, so that recording cannot slow the control loop."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from rclpy.duration import Duration
from rclpy.node import Node

from ant_bringup.bags.topics import HEARS, TOPICS
from ant_bringup.child_process import command_line, interrupt

TIMEOUT = 30.0
"""Timeout [s] for the recorder to subscribe, and to finish its bag."""
MAX_ACK_WAIT = 2.0
"""Timeout [s] for the last messages to reach the recorder."""


class RecordingError(RuntimeError):
    """The recording did not begin."""


class Recording:
    """Recorder process, running until `finish`."""

    def __init__(self, folder: Path, *ros_arguments: str) -> None:
        """Start recording into a new folder, in simulation time; `ros_arguments` begin with --ros-args."""
        self._name = f"recorder_{os.getpid()}"
        arguments = [str(folder), "--use-sim-time", "--ros-args", "-r", f"__node:={self._name}", *ros_arguments]
        command = command_line("ant_bringup.recorder", *arguments)
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._heard: set[str] = set()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._heard.add(line.removeprefix(HEARS).strip())

    def wait_until_heard(self, stop: threading.Event, *nodes: Node) -> None:
        """Wait until the recorder and these nodes' publishers have discovered each other, or until `stop` is set.

        Raises:
            RecordingError: if the recorder has ended, or does not subscribe.
        """
        contract = {nodes[0].resolve_topic_name(topic) for topic in TOPICS}
        published = contract & {publisher.topic_name for node in nodes for publisher in node.publishers}
        deadline = time.monotonic() + TIMEOUT
        while not all(topic in self._heard and self._subscribes(nodes[0], topic) for topic in published):
            if self._process.poll() is not None:
                raise RecordingError("the recording could not begin; its reason is above")
            if time.monotonic() > deadline:
                raise RecordingError(f"the recorder did not subscribe within {TIMEOUT:g} s")
            if stop.wait(0.02):
                return

    def _subscribes(self, node: Node, topic: str) -> bool:
        return any(info.node_name == self._name for info in node.get_subscriptions_info_by_topic(topic))

    def wait_until_received(self, *nodes: Node) -> None:
        """Wait until the recorder has received everything from these nodes, which no longer publish."""
        deadline = time.monotonic() + MAX_ACK_WAIT
        for publisher in (publisher for node in nodes for publisher in node.publishers):
            if self._process.poll() is None:
                publisher.wait_for_all_acked(Duration(seconds=max(0.0, deadline - time.monotonic())))

    def finish(self) -> None:
        """Finish the bag and end the recorder."""
        if not interrupt(self._process, TIMEOUT):
            print(f"recorder: was killed: it did not finish its bag within {TIMEOUT:g} s", file=sys.stderr)
