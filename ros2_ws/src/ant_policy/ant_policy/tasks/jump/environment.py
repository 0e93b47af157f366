"""The jumping Ant as an environment of trainings and evaluations, on its own model or on that of another Ant."""

import hashlib
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from ant_policy.card.card import Card, default_card
from ant_policy.card.parts import Model
from ant_policy.errors import PolicyError
from ant_policy.policies.interface import Policy
from ant_policy.policies.loading import load_policy
from ant_policy.tasks.jump.adapter import Act, PolicyAdapter
from ant_sim import MODEL_PATH, AntSimulator
from ant_sim.envs.vector import CustomAntVectorEnv, DiscreteAntVectorEnv
from ant_sim.physics.randomisation import Randomisation


class JumpEnvironment:
    """Environment `CustomAntEnv-v1`, or `DiscreteAntEnv-v1`.

    Attributes:
        max_steps: control steps of an evaluation's episode at most.
        observation_size: number of values of an observation.
        is_discrete: whether adapted policies give numbers of moves.
        has_pairs: whether robots in training share their episodes two by two; here all share one.
        unknown: why it has no card; it has one.
        in_turn: why its copies step one after the other; they do not.
        card_options: none are needed.
        model: file of the robot.
        model_path: path of that file.
    """

    max_steps = 1000
    observation_size = 27
    is_discrete = has_pairs = False
    unknown = in_turn = card_options = ""

    def __init__(self, model: Path | str = MODEL_PATH) -> None:
        """Take the gears of the model of an Ant.

        Raises:
            PolicyError: it cannot be read, or has other joints, actuators or physics steps than the Ant.
        """
        own = default_card("zero")
        try:
            simulator = AntSimulator(model)
        except (OSError, ValueError) as error:
            raise PolicyError(f"--model: {error}") from error
        for what, found, expected in (
            ("joints", tuple(simulator.joint_names), own.joints.names),
            ("actuators", tuple(simulator.actuator_joints), own.action.joints),
        ):
            if found != expected:
                raise PolicyError(
                    f"--model {model}: {what}: expected {', '.join(expected)}, found {', '.join(found)}; for another "
                    "robot give an environment of its own (--env)"
                )
        if not math.isclose(simulator.control_period, own.control_period):
            raise PolicyError(
                f"--model {model}: timestep: expected 0.01 s, found {simulator.physics_period:g} s, which "
                "would be another control period"
            )
        self.model_path = Path(model)
        self.model = Model(self.model_path.name, hashlib.sha256(self.model_path.read_bytes()).hexdigest())
        self._scale = dict(zip(own.action.joints, simulator.gears.tolist(), strict=True))

    def make(
        self,
        num_envs: int,
        *,
        is_discrete: bool = False,
        num_threads: int = 0,
        max_steps: int | None = None,
        randomisation: Randomisation | None = None,
    ) -> CustomAntVectorEnv:
        """Make vector environments."""
        env_type = DiscreteAntVectorEnv if is_discrete else CustomAntVectorEnv
        return env_type(num_envs, num_threads, max_steps, randomisation, self.model_path)

    def card(self, algorithm: str) -> Card:
        """Card of an algorithm's policies."""
        card = default_card(algorithm)
        return replace(card, action=replace(card.action, scale=self._scale))

    def scaled(self, actions: Any) -> Any:
        """Actions for actions in [-1, 1]: the same."""
        return actions

    def load(self, source: str | Path, *, deterministic: bool = True, seed: int = 0) -> Policy:
        """Load a policy, as `load_policy`."""
        return load_policy(source, deterministic=deterministic, seed=seed)

    def adapt(self, policy: Policy) -> Act:
        """Function of a policy from observations (n, 27) to actions (n, 8); see `PolicyAdapter`."""
        return PolicyAdapter(policy, self.card("zero")).act
