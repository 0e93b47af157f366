"""Complete state of an SB3 off-policy training as arrays and plain values, for bit-for-bit resumption.

SB3's own `save` leaves out the replay buffer, the environments and the random generators; its buffer file is a pickle.
"""

import random
from typing import Any

import numpy as np
import torch
from stable_baselines3 import DQN, SAC
from stable_baselines3.common.buffers import ReplayBuffer

from ant_policy.training.compat import forget_observations, sb3_progress, set_sb3_progress
from ant_sim.envs.sb3 import AntVecEnv

BUFFER = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
"""Arrays of a replay buffer, of which the first `pos` rows (all, once full) are used."""


def algorithm_state(model: SAC | DQN) -> dict[str, Any]:
    """State between two steps of the environments (not within SB3's `on_step`, which precedes the storing)."""
    buffer, robots = _parts(model)
    rows = buffer.buffer_size if buffer.full else buffer.pos
    parameters = model.get_parameters()
    for values in parameters.values():
        values.pop("param_groups", None)  # An optimiser's settings are those of its fresh self.
    normalisation = None
    if (normalise := model.get_vec_normalize_env()) is not None:
        running = normalise.obs_rms
        normalisation = {"mean": running.mean, "var": running.var, "count": running.count, "last": normalise.old_obs}
    return {
        "parameters": parameters,
        "log_ent_coef": getattr(model, "log_ent_coef", None),
        "progress": sb3_progress(model),
        "buffer": {
            "position": buffer.pos,
            "full": buffer.full,
            "arrays": {name: getattr(buffer, name)[:rows] for name in BUFFER},
        },
        "normalisation": normalisation,
        "environments": robots.state(),
        "actions": model.action_space.np_random.bit_generator.state,
        "generators": generator_states(),
    }


def restore_algorithm(model: SAC | DQN, state: dict[str, Any]) -> None:
    """Restore what `algorithm_state` returned into a fresh algorithm of the same configuration."""
    buffer, robots = _parts(model)
    fresh = model.get_parameters()
    parameters = {name: _as_parameters(values, fresh[name]) for name, values in state["parameters"].items()}
    model.set_parameters(parameters, device="cpu")
    if state["log_ent_coef"] is not None:
        assert isinstance(model, SAC)
        assert model.log_ent_coef is not None
        model.log_ent_coef.data.copy_(torch.as_tensor(state["log_ent_coef"]))
    set_sb3_progress(model, state["progress"])
    buffer.pos, buffer.full = state["buffer"]["position"], state["buffer"]["full"]
    for name, array in state["buffer"]["arrays"].items():
        getattr(buffer, name)[: len(array)] = array
    if (normalise := model.get_vec_normalize_env()) is not None:
        running, saved = normalise.obs_rms, state["normalisation"]
        running.mean, running.var, running.count = saved["mean"], saved["var"], saved["count"]
        normalise.old_obs = saved["last"]
        normalise.returns = np.zeros(normalise.num_envs)
    if state["environments"] is None:
        # SB3 then begins new episodes, not those of the start.
        forget_observations(model)
        robots.seed(model.num_timesteps)
    else:
        robots.set_state(state["environments"])
    model.action_space.np_random.bit_generator.state = state["actions"]
    set_generator_states(state["generators"])


def _parts(model: SAC | DQN) -> tuple[ReplayBuffer, AntVecEnv]:
    assert isinstance(model.replay_buffer, ReplayBuffer)
    assert model.env is not None
    assert isinstance(model.env.unwrapped, AntVecEnv)
    return model.replay_buffer, model.env.unwrapped


def _as_parameters(values: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    """Parameters of a module, or state of an optimiser."""
    if "param_groups" not in fresh:
        return _tensors(values)
    # JSON has made text of the numbers.
    moments = {int(number): _tensors(entry) for number, entry in values["state"].items()}
    return {"state": moments, "param_groups": fresh["param_groups"]}


def _tensors(arrays: dict[str, Any]) -> dict[str, torch.Tensor]:
    return {name: torch.as_tensor(array) for name, array in arrays.items()}


def generator_states() -> dict[str, Any]:
    """Snapshot of the global generators of Python, numpy and torch, as arrays and plain values."""
    return {
        "python": random.getstate(),
        "numpy": np.random.get_state(legacy=False),
        "torch": torch.get_rng_state(),
    }


def set_generator_states(states: dict[str, Any]) -> None:
    """Restore a snapshot."""
    version, keys, next_gauss = states["python"]
    random.setstate((version, tuple(keys), next_gauss))
    np.random.set_state(states["numpy"])
    torch.set_rng_state(torch.as_tensor(states["torch"]))
