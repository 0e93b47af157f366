"""Description of the network in a Stable-Baselines3 `.zip`, read as text.

SB3 keeps everything but the weights in the member `data`: a JSON of plain values, pickles in base64 and, beside each
pickle, a text form of its attributes (save_util.data_to_json). The pickles are never decoded. Whatever is outside the
allow-lists here is refused: the same weights in another network give other actions without any error.
"""

import json
import math
import re
from dataclasses import dataclass

from ant_policy.card.fields import Field
from ant_policy.card.parts import Network
from ant_policy.errors import PolicyFileError

MAX_BYTES = 4 * 2**20
MAX_WIDTH = 10_000


@dataclass(frozen=True)
class Sb3Policy:
    """MlpPolicy of an SB3 algorithm.

    Attributes:
        algorithm: name in a card.
        policy_class: class name of the policy.
        network: its default network.
        output: of its card.
        trunk: name of the hidden layers among the weights.
        heads: names of the output layers; without any, the last layer of `trunk` is the output.
        is_actor_critic: `net_arch` may give the actor's and the critic's widths apart.
    """

    algorithm: str
    policy_class: str
    network: Network
    output: str
    trunk: str
    heads: tuple[str, ...] = ()
    is_actor_critic: bool = False

    def layers(self, n_hidden: int) -> list[str]:
        """Names of the layers among the weights, those of the outputs last."""
        heads = self.heads or (f"{self.trunk}.{2 * n_hidden}",)
        return [*(f"{self.trunk}.{2 * index}" for index in range(n_hidden)), *heads]


SAC = Sb3Policy(
    *("sac", "SACPolicy", Network("relu", (256, 256)), "tanh", "actor.latent_pi", ("actor.mu", "actor.log_std")),
    is_actor_critic=True,
)
DQN = Sb3Policy("dqn", "DQNPolicy", Network("relu", (64, 64)), "argmax", "q_net.q_net")
POLICIES = {"stable_baselines3.sac.policies": SAC, "stable_baselines3.dqn.policies": DQN}
"""By the module of the policy class."""
ACTIVATIONS = {f"<class 'torch.nn.modules.activation.{name}'>": name.lower() for name in ("ReLU", "Tanh")}
FLATTEN = "<class 'stable_baselines3.common.torch_layers.FlattenExtractor'>"
READ = ("net_arch", "activation_fn", "use_sde", "features_extractor_class", "features_extractor_kwargs")
WITHOUT_EFFECT = (
    *("clip_mean", "log_std_init", "n_critics", "normalize_images", "optimizer_class", "optimizer_kwargs"),
    *("share_features_extractor", "use_expln", ":type:", ":serialized:"),
)
"""Policy arguments that do not change the action of the networks read here."""


@dataclass(frozen=True)
class Sb3Data:
    """Network of a zip.

    Attributes:
        policy: kind of policy.
        activation: relu or tanh.
        hidden: widths of the hidden layers.
        n_out: number of actions or moves.
        exploration_rate: probability of a random move when it was saved; None if there are no moves.
    """

    policy: Sb3Policy
    activation: str
    hidden: tuple[int, ...]
    n_out: int
    exploration_rate: float | None


def read_sb3_data(content: bytes, name: str, n_in: int, n_action: int) -> Sb3Data:
    """Read the member `data`.

    Args:
        content: the member.
        name: name of the zip in errors.
        n_in: number of features on the policy's card.
        n_action: number of actions on it.

    Raises:
        PolicyFileError: not such a text, or an algorithm, policy, network or space outside the allow-lists.
    """
    try:
        value = json.loads(content[: MAX_BYTES + 1])
    except (ValueError, RecursionError) as error:
        raise PolicyFileError(f"{name}: member 'data': expected JSON of up to 4 MiB") from error
    data = Field(value, "data", name, PolicyFileError)
    policy = _read_policy(data)
    is_discrete = policy.output == "argmax"
    _read_shape(data.at("observation_space"), n_in)
    _read_false(data.at("use_sde"))
    kwargs = data.at("policy_kwargs").mapping((), (*READ, *WITHOUT_EFFECT))
    kwargs["use_sde"].optional(_read_false)
    kwargs["features_extractor_class"].optional(lambda field: field.choice(FLATTEN))
    kwargs["features_extractor_kwargs"].optional(lambda field: field.mapping(()))
    activation = kwargs["activation_fn"].optional(lambda field: field.choice(*ACTIVATIONS))
    hidden = kwargs["net_arch"].optional(lambda field: _read_hidden(field, policy))
    space = data.at("action_space")
    return Sb3Data(
        policy=policy,
        activation=ACTIVATIONS[activation] if activation else policy.network.activation,
        hidden=policy.network.hidden if hidden is None else hidden,
        n_out=_read_moves(space) if is_discrete else _read_actions(space, n_action),
        exploration_rate=data.at("exploration_rate").number(0.0, 1.0) if is_discrete else None,
    )


def _read_policy(data: Field) -> Sb3Policy:
    field = data.at("policy_class", "__module__")
    module = field.text()
    if module not in POLICIES:
        found = module.removesuffix(".policies").rpartition(".")[2].upper()
        if found == "COMMON":
            has_clip_range = data.at("clip_range").value is not None
            found = "PPO" if has_clip_range else "A2C"
        raise field.refused("a SAC or DQN policy of Stable-Baselines3", f"{found} ({module[:80]!r})")
    policy = POLICIES[module]
    init = data.at("policy_class", "__init__")
    if not init.text().startswith(f"<function {policy.policy_class}.__init__ at "):
        raise init.refused(f"that of {policy.policy_class} (MlpPolicy)")
    return policy


def _read_hidden(field: Field, policy: Sb3Policy) -> tuple[int, ...]:
    if policy.is_actor_critic and isinstance(field.value, dict):
        field = field.mapping(("pi", "qf"))["pi"]
    return tuple(width.integer(1, MAX_WIDTH) for width in field.items())


def _read_false(field: Field) -> None:
    if field.value is not False:
        raise field.refused("false")


def _read_space(space: Field, kind: str) -> None:
    space.at(":type:").choice(*(f"<class '{library}.spaces.{kind}'>" for library in ("gymnasium", "gym")))


def _read_shape(space: Field, size: int) -> None:
    _read_space(space, "box.Box")
    shape = space.at("_shape")
    if shape.value != [size]:
        raise shape.refused(f"[{size}]")


def _read_actions(space: Field, size: int) -> int:
    _read_shape(space, size)
    for name, limit in (("low", -1.0), ("high", 1.0)):
        bounds = space.at(name)
        numbers = re.findall(r"[^\s\[\]]+", bounds.text())
        if len(numbers) != size or any(_float(number) != limit for number in numbers):
            raise bounds.refused(f"{limit:g} for all {size} actions")
    return size


def _read_moves(space: Field) -> int:
    _read_space(space, "discrete.Discrete")
    start, n = space.at("start"), space.at("n")
    if start.value not in (None, 0, "0"):
        raise start.refused("0")
    number = _float(n.value)
    if not number.is_integer() or not 1 <= number <= MAX_WIDTH:
        raise n.refused("a number of moves")
    return int(number)


def _float(value: object) -> float:
    try:
        return float(value) if isinstance(value, str | int) else math.nan
    except (ValueError, OverflowError):
        return math.nan
