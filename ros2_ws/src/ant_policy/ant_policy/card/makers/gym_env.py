"""Facts of a Gymnasium environment with a MuJoCo model that a card needs: joints, actuators, period, observation.

Environments are the user's own programs, and run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any

import numpy as np

from ant_policy.card.card import default_card
from ant_policy.card.makers.mujoco_model import FREE, joint_names, joints_of, read_actuators
from ant_policy.errors import PolicyError
from ant_policy.observation.feature_registry import ANT_TERMS
from ant_policy.optional import optional_libraries

GYMNASIUM_ANT = "gymnasium.envs.mujoco.ant_v"
"""Beginning of the modules of Gymnasium's Ant, whose observation may end in contact forces."""
DISCRETE_ANT = "ant_sim.envs.single.DiscreteAntEnv"
OWN_MODULES = {"CustomAntEnv": "ant_sim", "DiscreteAntEnv": "ant_sim", "QuadrupedWalk": "ant_policy.tasks.walk.env"}
"""Modules that register this project's environments, by the beginning of the id."""
PLAIN_WRAPPERS = {
    *("TimeLimit", "OrderEnforcing", "PassiveEnvChecker", "Autoreset", "RecordEpisodeStatistics", "RecordVideo"),
    *("RenderCollection", "HumanRendering", "Monitor"),
}
"""Wrappers that change neither observation nor action."""


@dataclass(frozen=True)
class EnvFacts:
    """Robot and contract of an environment, as far as it declares them.

    Attributes:
        name: its id, or its class.
        card: fields of a card, nested, without those that it does not say; the action is that of its controls.
        bounds: least and greatest action; None if they are moves.
    """

    name: str
    card: dict[str, Any]
    bounds: tuple[tuple[float, ...], tuple[float, ...]] | None


def make_env(name: Any) -> Any:
    """Make an environment by its id, `module:id` for one that a module registers, or by its specification.

    Raises:
        PolicyError: there is no Gymnasium, or no such environment, or it cannot be made.
    """
    with optional_libraries():
        import gymnasium
    for own, module in OWN_MODULES.items():
        if str(name).startswith(own):
            name = f"{module}:{name}"
    try:
        return gymnasium.make(name)
    except Exception as error:  # A user's environment may raise anything.
        name = getattr(name, "id", name)
        raise PolicyError(f"environment {name}: cannot be made: {type(error).__name__}: {str(error)[:300]}") from error


def inspect_env(env: Any, n_in: int) -> EnvFacts:
    """Read the facts of an environment, and step it to see what its observation is.

    Args:
        env: a fresh one with a MuJoCo model, as `model` of itself or of its `simulator`.
        n_in: number of observation values of the policy, which tells forms of an observation apart.

    Raises:
        PolicyError: it has no model or changes observations by a wrapper, or a joint or actuator that a card cannot
            have.
    """
    base = env.unwrapped
    spec = getattr(env, "spec", None)
    name = spec.id if spec is not None else type(base).__name__
    while env is not base:
        if (wrapper := type(env).__name__) not in PLAIN_WRAPPERS:
            raise PolicyError(
                f"environment {name}: wrapper {wrapper} may change actions or observations; make the card by hand"
            )
        env = env.env
    model: Any = getattr(base, "model", None) or getattr(getattr(base, "simulator", None), "model", None)
    if not hasattr(model, "jnt_type"):
        raise PolicyError(f"environment {name}: expected a MuJoCo model as its attribute 'model', found none")
    space = base.action_space
    has_bounds = hasattr(space, "low")
    robot = bytes(model.names).partition(b"\0")[0].decode("utf-8", "replace")
    free = joints_of(model, FREE)
    card: dict[str, Any] = {
        "robot": None if robot in ("", "MuJoCo Model") else robot,
        "base_link": model.body(model.jnt_bodyid[free[0]]).name or None if free else None,
        "control_period": _period(base),
        "joints": {"names": list(joint_names(model, name))},
        "action": read_actuators(model, name),
    }
    if (terms := _terms(base, model, n_in)) is not None:
        card["observation"] = {"terms": terms}
    if not has_bounds and (moves := _moves(base)) is not None:
        card["action"]["moves"] = moves
    bounds = (tuple(map(float, space.low)), tuple(map(float, space.high))) if has_bounds else None
    return EnvFacts(name, {field: value for field, value in card.items() if value is not None}, bounds)


def env_facts(name: Any, n_in: int) -> EnvFacts:
    """Make an environment, inspect and close it; see `make_env` and `inspect_env`."""
    env = make_env(name)
    try:
        return inspect_env(env, n_in)
    finally:
        env.close()


def _period(base: Any) -> float | None:
    for place in (base, getattr(base, "simulator", None)):
        for attribute in ("dt", "control_period"):
            if (value := getattr(place, attribute, None)) is not None:
                return float(f"{float(value):.12g}")
    return None


def _terms(base: Any, model: Any, n_in: int) -> list[dict[str, Any]] | None:
    """Entries of the observation's terms: those that it declares, or the Ant's if its observation has their values."""
    declared = getattr(base, "observation_terms", None)
    # An `Observation` has its terms as an attribute.
    declared = getattr(declared, "terms", declared)
    if declared is not None:
        if isinstance(declared, str) or not isinstance(declared, Iterable):
            raise PolicyError(f"observation_terms: expected a list of terms, found {str(declared)[:80]!r}")
        return [_term(term) for term in declared]
    size = model.nq - 2 + model.nv
    if n_in != size or int(model.jnt_type[0]) != FREE:
        return None
    base.action_space.seed(0)
    try:
        base.reset(seed=0)
        observations = [base.step(base.action_space.sample())[0] for _ in range(3)]
    except Exception:  # A user's environment may raise anything; its observation is then to be described.
        return None
    data = getattr(base, "data", None) or base.simulator.data
    found, expected = np.asarray(observations[-1]), np.concatenate([data.qpos[2:], data.qvel])
    is_ant = any(kind.__module__.startswith(GYMNASIUM_ANT) for kind in type(base).__mro__)
    if found.shape != (size,) and not (is_ant and found.ndim == 1 and len(found) > size):
        return None
    if not np.allclose(found[:size], expected, rtol=1e-5, atol=1e-5):
        return None
    return [{"name": name} | ({"frame": frame} if frame else {}) for name, frame in ANT_TERMS]


def _term(term: Any) -> dict[str, Any]:
    """Entry of a card for a name, a mapping or a `Term`."""
    if is_dataclass(term) and not isinstance(term, type):
        term = {key: value for key, value in asdict(term).items() if value is not None}
    if isinstance(term, str):
        return {"name": term}
    if not isinstance(term, Mapping):
        raise PolicyError(f"observation_terms: expected names and mappings as on a card, found {str(term)[:80]!r}")
    entry: dict[str, Any] = plain_data(term)
    return entry


def plain_data(value: Any) -> Any:
    """Mappings, sequences and numbers of numpy as plain data."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain_data(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _moves(base: Any) -> list[list[float]] | None:
    """Moves that it declares, in the order of its actuators, or those of the Ant."""
    if (declared := getattr(base, "moves", None)) is not None:
        return [[float(value) for value in move] for move in declared]
    if any(f"{kind.__module__}.{kind.__qualname__}" == DISCRETE_ANT for kind in type(base).__mro__):
        return [list(move) for move in default_card("dqn").action.moves or ()]
    return None
