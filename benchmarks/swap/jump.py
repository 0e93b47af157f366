"""Returns of the jumping Ant on a driver, from the torso's height that it publishes, at every control period."""

from collections.abc import Mapping, Sequence
from time import monotonic

from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from std_msgs.msg import Float64

from ant_policy import load_policy
from ant_policy.evaluation.rollout import evaluate
from ant_sim.tasks.jump import FALL_HEIGHT, height_reward
from benchmarks.report import Figure

CONTROL_PERIOD = 0.05


class JumpWatch:
    """Return of an episode as it goes on."""

    def __init__(self, node: Node, steps: int) -> None:
        """Subscribe."""
        self._steps = steps
        self.begin(0)
        node.create_subscription(Float64, "torso_height", self._on_height, qos_profile_sensor_data)

    def begin(self, number: int) -> None:
        """Begin anew."""
        self._rewards: list[float] = []
        self.fell, self._due = False, monotonic() + CONTROL_PERIOD

    def _on_height(self, message: Float64) -> None:
        """Take in a height [m], which counts at every control period."""
        while not self.is_over and monotonic() >= self._due:
            self._due += CONTROL_PERIOD
            self._rewards.append(height_reward(message.data))
            self.fell = message.data < FALL_HEIGHT

    @property
    def is_over(self) -> bool:
        """True if it has ended."""
        return self.fell or len(self._rewards) >= self._steps

    @property
    def scores(self) -> tuple[float, ...]:
        """The return."""
        return (sum(self._rewards),)


class JumpTask:
    """The jump; see `Task`."""

    robot: Mapping[str, object] = {}

    def __init__(self, policy: str, episodes: int, steps: int) -> None:
        """Evaluate a policy in the environment."""
        self._steps, self.seconds = steps, steps * CONTROL_PERIOD
        evaluation = evaluate(load_policy(policy), episodes, 1000, steps)
        self.offline = (float(evaluation.returns.mean()),), int(evaluation.falls.sum())

    def watch(self, node: Node) -> JumpWatch:
        """Watch a robot through a node."""
        return JumpWatch(node, self._steps)

    def figures(self, condition: str, scores: Sequence[float], falls: int, target: float | None) -> list[Figure]:
        """Mean return, and its ratio to the environment's."""
        figures = [Figure(f"{condition}: mean return ({falls} falls)", scores[0])]
        if scores is not self.offline[0]:
            figures.append(Figure(f"{condition}: of the environment's", scores[0] / self.offline[0][0], target=target))
        return figures
