"""ROS side of the web page: listens to any driver and calls its services."""

import math
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from time import monotonic
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState, GetState
from nav_msgs.msg import Odometry
from rclpy.client import Client
from rclpy.clock import Clock, ClockType
from rclpy.executors import SingleThreadedExecutor, TimeoutException
from rclpy.node import Node
from rclpy.subscription import Subscription
from sensor_msgs.msg import JointState
from std_msgs.msg import Bool
from std_srvs.srv import SetBool, Trigger

from ant_bringup.web.access import Action
from ant_bringup.web.pose import RobotPose
from ant_bringup.web.server import Outcome
from ant_bringup.web.status import StatusBoard, effort_scales
from ant_policy.ros.activation import NODE, ActivationError, activate, choose, policy_nodes
from ant_ros.config import parameter
from ant_ros.parameters import declare_config
from ant_ros.qos import BEST_EFFORT, BEST_EFFORT_LATEST, RELIABLE
from ant_sim.physics.robot import load_robot
from ant_sim.physics.shipped import find_model
from ant_sim.tasks.registry import task_name

PICTURE_PERIOD, NUMBERS_PERIOD, IDLE_PERIOD = 1.0 / 30.0, 0.1, 0.5
"""Sampling period of the topics [s] while a browser shows the picture, the numbers, or nothing.

The cost does not depend on the rate of the states.
"""
VIEW_TIMEOUT = 2.0
"""Time [s] after its last request for which a browser counts as watching."""
MAX_CALLBACKS = 8
"""Callbacks per sample."""

SERVICE_TIMEOUT = 2.0
"""Timeout of a service call [s]."""


class NoAnswerError(Exception):
    """A service did not answer."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.outcome = Outcome(status, text)


@dataclass(frozen=True)
class WebConfig:
    """Parameters of the web page."""

    port: int = parameter(8080, "port on 127.0.0.1; 0: any free one", (0, 65535))
    robot: str = parameter("ant", "shipped robot, or a folder with robot.xml")
    model: str = parameter("", "MJCF file of the robot, instead of 'robot'")
    task: str = parameter("", "jump: the height is shown too; empty: jump for the Ant, none otherwise")
    driver: str = parameter("sim_node", "node whose services (pause, step, reset) and /diagnostics are used")


class WebNode(Node):
    """Fills a status board and a pose from a driver's topics; `look` and `act` are thread-safe.

    Attributes:
        config: its parameters.
        model: the shown robot.
        board: numbers and messages.
        pose: positions.
    """

    def __init__(self, **kwargs: Any) -> None:
        """Create the node, with the arguments of `rclpy.node.Node`; `run` serves it.

        Raises:
            ValueError: for a bad parameter, or a model that cannot be read.
            FileNotFoundError: if there is no such model.
        """
        super().__init__("web", start_parameter_services=False, **kwargs)
        self.config = declare_config(self, WebConfig)
        robot = load_robot(self.config.model or find_model(self.config.robot))
        self.model, self.pose = robot.model, RobotPose(robot)
        task = task_name(self.config.task, robot.joint_names)
        here, driver = self.get_namespace().rstrip("/"), self.config.driver
        self.board = StatusBoard(effort_scales(robot), task, f"{here}/{driver}", f"{here}/{NODE}")
        self._requested_at = {PICTURE_PERIOD: -math.inf, NUMBERS_PERIOD: -math.inf}
        self._e_stop = self.create_publisher(Bool, "e_stop", RELIABLE)
        self._is_stopping = False
        set_pause = self.create_client(SetBool, f"{driver}/set_pause")
        self._policy: tuple[Client, Client] | None = None
        self._requests: dict[Action, tuple[Client, Any]] = {
            "pause": (set_pause, SetBool.Request(data=True)),
            "resume": (set_pause, SetBool.Request(data=False)),
            "step": (self.create_client(Trigger, f"{driver}/step"), Trigger.Request()),
            "reset": (self.create_client(Trigger, f"{driver}/reset"), Trigger.Request()),
        }
        self._source: str | None = None
        self._states: list[Subscription] = []
        self.create_subscription(Bool, "e_stop_active", self._on_e_stop_active, BEST_EFFORT_LATEST)
        self.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, BEST_EFFORT)
        self.create_timer(0.5, self._discover, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        self._discover()

    def run(self, stop: threading.Event) -> None:
        """Sample the topics until `stop` is set, at the rate that is being watched."""
        try:
            while not stop.wait(self._period()):
                # spin_once does not report that nothing was ready, and a wait costs much more than a callback.
                with suppress(TimeoutException):
                    for _ in range(MAX_CALLBACKS):
                        callback, _, _ = self._executor.wait_for_ready_callbacks(timeout_sec=0.0)
                        callback()
                        callback.result()
        finally:
            self._executor.shutdown()

    def look(self, period: float) -> None:
        """Register a browser's request, for `PICTURE_PERIOD` or `NUMBERS_PERIOD`; thread-safe."""
        self._requested_at[period] = monotonic()

    def _period(self) -> float:
        since = monotonic() - VIEW_TIMEOUT
        return min((period for period, at in self._requested_at.items() if at > since), default=IDLE_PERIOD)

    def act(self, action: Action) -> Outcome:
        """Perform an action."""
        if action in ("e_stop", "release"):
            return self._publish_e_stop(action == "e_stop")
        try:
            if action == "activate":
                if self._policy is None:
                    return Outcome(HTTPStatus.SERVICE_UNAVAILABLE, self.board.unavailable["activate"])
                get_state, change = (partial(self._ask, client) for client in self._policy)
                return Outcome(HTTPStatus.OK, activate(self.board.policy, get_state, change))
            response = self._ask(*self._requests[action])
        except NoAnswerError as error:
            return error.outcome
        except ActivationError as error:
            return Outcome(HTTPStatus.CONFLICT, str(error))
        if response.success and action in ("pause", "resume"):
            self.board.paused = action == "pause"
        return Outcome(HTTPStatus.OK if response.success else HTTPStatus.CONFLICT, response.message)

    def _publish_e_stop(self, stop: bool) -> Outcome:
        is_heard = self._e_stop.get_subscription_count() > 0
        self._is_stopping = stop and is_heard
        self._e_stop.publish(Bool(data=stop))
        if not is_heard:
            return Outcome(HTTPStatus.SERVICE_UNAVAILABLE, "no subscriber of e_stop")
        if stop:
            return Outcome(HTTPStatus.OK, "stop sent: the robot stays stopped until it is released")
        return Outcome(HTTPStatus.OK, "released: now activate the policy")

    def _ask(self, client: Client, request: Any) -> Any:
        """Call a service and wait for its response; raises NoAnswerError."""
        if not client.service_is_ready():
            raise NoAnswerError(HTTPStatus.SERVICE_UNAVAILABLE, self._absent(client))
        future = client.call_async(request)
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        if not done.wait(SERVICE_TIMEOUT):
            client.remove_pending_request(future)
            text = f"{client.srv_name} has not answered within {SERVICE_TIMEOUT:g} s; it may do it yet"
            raise NoAnswerError(HTTPStatus.GATEWAY_TIMEOUT, text)
        return future.result()

    def _absent(self, client: Client) -> str:
        return f"{client.srv_name} is not available"

    def _discover(self) -> None:
        """Check the services, and subscribe to the states published for viewers, or else to the regular ones."""
        clients = {action: client for action, (client, _) in self._requests.items()}
        unavailable = {
            action: self._absent(client) for action, client in clients.items() if not client.service_is_ready()
        }
        try:
            self._know_policy(choose(policy_nodes(self), self.get_namespace()))
        except ActivationError as error:
            unavailable["activate"] = str(error)
        self.board.unavailable = unavailable
        view = f"{self.config.driver}/view/"
        source = view if self.count_publishers(f"{view}joint_states") else ""
        if source == self._source:
            return
        self._source = source
        for subscription in self._states:
            self.destroy_subscription(subscription)
        self._states = [
            self.create_subscription(JointState, f"{source}joint_states", self._on_joint_states, BEST_EFFORT_LATEST),
            self.create_subscription(Odometry, f"{source}odom", self._on_odometry, BEST_EFFORT_LATEST),
        ]

    def _know_policy(self, name: str) -> None:
        """Call the services of the policy node of this full name, and show its entries in /diagnostics."""
        if self._policy is not None and self.board.policy == name:
            return
        for client in self._policy or ():
            self.destroy_client(client)
        self.board.policy = name
        self._policy = (
            self.create_client(GetState, f"{name}/get_state"),
            self.create_client(ChangeState, f"{name}/change_state"),
        )

    def _on_joint_states(self, message: JointState) -> None:
        now = monotonic()
        self.board.on_joint_states(now, message.name, message.effort)
        self.pose.set_joints(message.name, message.position, now)
        self.board.notes = self.pose.notes()

    def _on_odometry(self, message: Odometry) -> None:
        p, q = message.pose.pose.position, message.pose.pose.orientation
        self.board.on_odometry(monotonic(), p.z)
        self.pose.set_base((p.x, p.y, p.z), (q.w, q.x, q.y, q.z), message.child_frame_id)

    def _on_e_stop_active(self, message: Bool) -> None:
        self.board.e_stopped = message.data
        # A recorder alone may have heard the button: the stop is repeated until the driver's latch.
        self._is_stopping = self._is_stopping and not message.data
        if self._is_stopping:
            self._e_stop.publish(Bool(data=True))

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            values = {entry.key: entry.value for entry in status.values}
            self.board.on_diagnostics(monotonic(), status.name, status.message, values)
