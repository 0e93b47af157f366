"""Complete state of an SB3 off-policy training as arrays and plain values, for bit-for-bit resumption.

SB3's own `save` leaves out the replay buffer, the environments and the random generators; its buffer file is a pickle.
"""

from typing import Any

import numpy as np
import torch
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.vec_env import VecNormalize

from ant_policy.training.compat import sb3_progress, set_sb3_progress
from ant_policy.training.generators import generator_states, set_generator_states
from ant_sim.envs.sb3 import AntVecEnv

BUFFER = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
"""Arrays of a replay buffer, of which the first `pos` rows (all, once full) are used."""


def algorithm_state(model: SAC | DQN) -> dict[str, Any]:
    """State between two steps of the environments (not within SB3's `on_step`, which precedes the storing)."""
    buffer = model.replay_buffer
    assert isinstance(buffer, ReplayBuffer)
    rows = buffer.buffer_size if buffer.full else buffer.pos
    normalise = model.get_vec_normalize_env()
    return {
        "parameters": {name: _with_text_keys(values) for name, values in model.get_parameters().items()},
        "log_ent_coef": getattr(model, "log_ent_coef", None),
        "progress": sb3_progress(model),
        "buffer": {
            "position": buffer.pos,
            "full": buffer.full,
            "arrays": {name: getattr(buffer, name)[:rows] for name in BUFFER},
        },
        "normalisation": None if normalise is None else _running_state(normalise),
        "environments": _environments(model).state(),
        "actions": model.action_space.np_random.bit_generator.state,
        "generators": generator_states(),
    }


def restore_algorithm(model: SAC | DQN, state: dict[str, Any]) -> None:
    """Restore what `algorithm_state` returned into a fresh algorithm of the same configuration."""
    fresh = model.get_parameters()
    model.set_parameters(
        {name: _as_parameters(values, fresh[name]) for name, values in state["parameters"].items()}, device="cpu"
    )
    if state["log_ent_coef"] is not None:
        assert isinstance(model, SAC)
        assert model.log_ent_coef is not None
        model.log_ent_coef.data.copy_(torch.as_tensor(state["log_ent_coef"]))
    set_sb3_progress(model, state["progress"])
    buffer = model.replay_buffer
    assert isinstance(buffer, ReplayBuffer)
    buffer.pos, buffer.full = state["buffer"]["position"], state["buffer"]["full"]
    for name, array in state["buffer"]["arrays"].items():
        getattr(buffer, name)[: len(array)] = array
    normalise = model.get_vec_normalize_env()
    if normalise is not None:
        _set_running_state(normalise, state["normalisation"])
    _environments(model).set_state(state["environments"])
    model.action_space.np_random.bit_generator.state = state["actions"]
    set_generator_states(state["generators"])


def _environments(model: SAC | DQN) -> AntVecEnv:
    assert model.env is not None
    environments = model.env.unwrapped
    assert isinstance(environments, AntVecEnv)
    return environments


def _running_state(normalise: VecNormalize) -> dict[str, Any]:
    running = normalise.obs_rms
    return {"mean": running.mean, "var": running.var, "count": running.count, "last": normalise.old_obs}


def _set_running_state(normalise: VecNormalize, state: dict[str, Any]) -> None:
    running = normalise.obs_rms
    running.mean, running.var, running.count = state["mean"], state["var"], state["count"]
    normalise.old_obs = state["last"]
    normalise.returns = np.zeros(normalise.num_envs)


def _with_text_keys(values: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a module, or state of an optimiser with text keys for JSON instead of numbers."""
    if "param_groups" not in values:
        return dict(values)
    return {"state": {str(number): moments for number, moments in values["state"].items()}}


def _as_parameters(values: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Inverse of `_with_text_keys`; an optimiser's settings are those of its fresh self."""
    if "param_groups" not in fresh:
        return {name: torch.as_tensor(array) for name, array in values.items()}
    moments = {
        int(number): {name: torch.as_tensor(array) for name, array in entry.items()}
        for number, entry in values["state"].items()
    }
    return {"state": moments, "param_groups": fresh["param_groups"]}
