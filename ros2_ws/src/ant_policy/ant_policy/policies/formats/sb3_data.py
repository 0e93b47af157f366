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
MAX_ACTIONS = 1000
BOX, DISCRETE = "box.Box", "discrete.Discrete"


@dataclass(frozen=True)
class Sb3Policy:
    """MlpPolicy of an SB3 algorithm.

    Attributes:
        algorithm: name in a card.
        policy_class: class name of the policy.
        network: its default network.
        output: of its card for continuous actions; argmax for moves.
        trunk: name of the hidden layers among the weights.
        heads: names of the output layers; without any, the last layer of `trunk` is the output.
        critic: name of the critic's widths where `net_arch` gives those of actor and critic apart.
        spaces: kinds of action spaces that it takes.
        explores: whether it makes random moves at a rate that is saved.
        may_leave_out_parts: whether a `net_arch` of parts may lack some, and come in a list as before SB3 1.8.
        log_std: name of a log standard deviation (n_action,) that does not depend on the observation, if it has one.
        others: beginnings of the names of further weights that take no part in the action.
    """

    algorithm: str
    policy_class: str
    network: Network
    output: str
    trunk: str
    heads: tuple[str, ...] = ()
    critic: str | None = None
    spaces: tuple[str, ...] = (BOX,)
    explores: bool = False
    may_leave_out_parts: bool = False
    log_std: str | None = None
    others: tuple[str, ...] = ()

    def layers(self, n_hidden: int) -> list[str]:
        """Names of the layers among the weights, those of the outputs last."""
        heads = self.heads or (f"{self.trunk}.{2 * n_hidden}",)
        return [*(f"{self.trunk}.{2 * index}" for index in range(n_hidden)), *heads]


SAC = Sb3Policy(
    *("sac", "SACPolicy", Network("relu", (256, 256)), "tanh", "actor.latent_pi", ("actor.mu", "actor.log_std"), "qf"),
    others=("critic.", "critic_target."),
)
DQN = Sb3Policy(
    *("dqn", "DQNPolicy", Network("relu", (64, 64)), "argmax", "q_net.q_net"),
    spaces=(DISCRETE,),
    explores=True,
    others=("q_net_target.",),
)
TD3 = Sb3Policy(
    *("td3", "TD3Policy", Network("relu", (400, 300)), "tanh", "actor.mu", (), "qf"),
    others=("actor_target.", "critic.", "critic_target."),
)
PPO = Sb3Policy(
    *("ppo", "ActorCriticPolicy", Network("tanh", (64, 64)), "clip", "mlp_extractor.policy_net", ("action_net",), "vf"),
    spaces=(BOX, DISCRETE),
    may_leave_out_parts=True,
    log_std="log_std",
    others=("mlp_extractor.value_net.", "value_net."),
)
POLICIES = {
    "stable_baselines3.sac.policies": SAC,
    "stable_baselines3.dqn.policies": DQN,
    "stable_baselines3.td3.policies": TD3,
    "stable_baselines3.common.policies": PPO,
}
"""By the module of the policy class; PPO and A2C share one."""
ACTIVATIONS = {f"<class 'torch.nn.modules.activation.{name}'>": name.lower() for name in ("ReLU", "Tanh")}
FLATTEN = "<class 'stable_baselines3.common.torch_layers.FlattenExtractor'>"
READ = (
    *("net_arch", "activation_fn", "use_sde", "squash_output"),
    *("features_extractor_class", "features_extractor_kwargs"),
)
WITHOUT_EFFECT = (
    *("clip_mean", "full_std", "log_std_init", "n_critics", "normalize_images", "optimizer_class", "optimizer_kwargs"),
    *("ortho_init", "share_features_extractor", "use_expln", ":type:", ":serialized:"),
)
"""Policy arguments that do not change the action of the networks read here."""


@dataclass(frozen=True)
class Sb3Data:
    """Network and spaces of a zip.

    Attributes:
        policy: kind of policy.
        activation: relu or tanh.
        hidden: widths of the hidden layers.
        n_in: number of observation values.
        n_out: number of actions or moves.
        low: least action (n_out,) of the environment; None if there are moves.
        high: greatest action (n_out,) of it.
        exploration_rate: probability of a random move when it was saved; None if it has none.
    """

    policy: Sb3Policy
    activation: str
    hidden: tuple[int, ...]
    n_in: int
    n_out: int
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    exploration_rate: float | None = None

    @property
    def output(self) -> str:
        """Output of its card."""
        return "argmax" if self.low is None else self.policy.output

    @property
    def has_unit_range(self) -> bool:
        """True if the environment's actions are in [-1, 1] as a policy's are, or moves."""
        return not self.low or (set(self.low), set(self.high or ())) == ({-1.0}, {1.0})


def read_sb3_data(content: bytes, name: str) -> Sb3Data:
    """Read the member `data`.

    Args:
        content: the member.
        name: name of the zip in errors.

    Raises:
        PolicyFileError: not such a text, or an algorithm, policy, network or space outside the allow-lists.
    """
    try:
        value = json.loads(content[: MAX_BYTES + 1])
    except (ValueError, RecursionError) as error:
        raise PolicyFileError(f"{name}: member 'data': expected JSON of up to 4 MiB") from error
    data = Field(value, "data", name, PolicyFileError)
    policy = _read_policy(data)
    n_in = _read_size(data.at("observation_space"), MAX_WIDTH)
    _read_false(data.at("use_sde"))
    kwargs = data.at("policy_kwargs").mapping((), (*READ, *WITHOUT_EFFECT))
    for flag in ("use_sde", "squash_output"):
        kwargs[flag].optional(_read_false)
    kwargs["features_extractor_class"].optional(lambda field: field.choice(FLATTEN))
    kwargs["features_extractor_kwargs"].optional(lambda field: field.mapping(()))
    activation = kwargs["activation_fn"].optional(lambda field: field.choice(*ACTIVATIONS))
    hidden = kwargs["net_arch"].optional(lambda field: _read_hidden(field, policy))
    space = data.at("action_space")
    space.at(":type:").choice(*_types(*policy.spaces))
    is_discrete = space.at(":type:").value in _types(DISCRETE)
    n_out, low, high = (_read_moves(space), None, None) if is_discrete else _read_actions(space)
    return Sb3Data(
        policy=policy,
        activation=ACTIVATIONS[activation] if activation else policy.network.activation,
        hidden=policy.network.hidden if hidden is None else hidden,
        n_in=n_in,
        n_out=n_out,
        low=low,
        high=high,
        exploration_rate=data.at("exploration_rate").number(0.0, 1.0) if policy.explores else None,
    )


def _read_policy(data: Field) -> Sb3Policy:
    field = data.at("policy_class", "__module__")
    module = field.text()
    policy = POLICIES.get(module)
    is_ppo = policy is PPO and data.at("clip_range").value is not None
    if policy is None or (policy is PPO and not is_ppo):
        found = "A2C" if policy else module.removesuffix(".policies").rpartition(".")[2].upper()
        raise field.refused("a SAC, DQN, PPO or TD3 policy of Stable-Baselines3", f"{found} ({module[:80]!r})")
    init = data.at("policy_class", "__init__")
    if not init.text().startswith(f"<function {policy.policy_class}.__init__ at "):
        raise init.refused(f"that of {policy.policy_class} (MlpPolicy)")
    return policy


def _read_hidden(field: Field, policy: Sb3Policy) -> tuple[int, ...]:
    if policy.may_leave_out_parts and isinstance(field.value, list) and [*map(type, field.value)] == [dict]:
        (field,) = field.items()
    if policy.critic is not None and isinstance(field.value, dict):
        parts = ("pi", policy.critic)
        field = (field.mapping((), parts) if policy.may_leave_out_parts else field.mapping(parts))["pi"]
        if field.value is None:
            return ()
    return tuple(width.integer(1, MAX_WIDTH) for width in field.items())


def _read_false(field: Field) -> None:
    if field.value is not False:
        raise field.refused("false")


def _types(*kinds: str) -> list[str]:
    return [f"<class '{library}.spaces.{kind}'>" for kind in kinds for library in ("gymnasium", "gym")]


def _read_size(space: Field, at_most: int) -> int:
    space.at(":type:").choice(*_types(BOX))
    return space.at("_shape").items(1)[0].integer(1, at_most)


def _read_actions(space: Field) -> tuple[int, tuple[float, ...], tuple[float, ...]]:
    size = _read_size(space, MAX_ACTIONS)
    low, high = (_read_bounds(space.at(name), size) for name in ("low", "high"))
    if any(least >= greatest for least, greatest in zip(low, high, strict=True)):
        raise space.at("high").refused("bounds above those of low")
    return size, low, high


def _read_bounds(field: Field, size: int) -> tuple[float, ...]:
    bounds = tuple(_float(number) for number in re.findall(r"[^\s\[\]]+", field.text()))
    if len(bounds) != size or not all(math.isfinite(bound) for bound in bounds):
        raise field.refused(f"finite bounds of all {size} actions")
    return bounds


def _read_moves(space: Field) -> int:
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
