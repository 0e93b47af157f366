"""Gradient steps of SB3's SAC with less overhead per step: fused Adam, no gradients that nobody uses."""

import math
from typing import Any

import torch
from stable_baselines3 import SAC
from torch.nn.functional import mse_loss

FUSED = {"optimizer_kwargs": {"fused": True}}
"""SB3's `policy_kwargs` for an Adam whose step is one native call."""


class FastSac(SAC):
    """SAC with SB3's losses and parameters; `policy_delay` critic updates come before each update of the actor."""

    def __init__(self, *args: Any, policy_delay: int = 1, **kwargs: Any) -> None:
        """Create SB3's SAC."""
        self._policy_delay = policy_delay
        super().__init__(*args, **kwargs)

    def train(self, gradient_steps: int, batch_size: int = 64) -> None:
        """Update the networks on `gradient_steps` batches."""
        optimizers = [self.actor.optimizer, self.critic.optimizer]
        if self.ent_coef_optimizer is not None:
            optimizers.append(self.ent_coef_optimizer)
        self._update_learning_rate(optimizers)
        assert self.replay_buffer is not None
        critic, target = list(self.critic.parameters()), list(self.critic_target.parameters())
        actor = list(self.actor.parameters())
        log_ent_coef = getattr(self, "log_ent_coef", None)
        losses: dict[str, torch.Tensor] = {}
        for _ in range(gradient_steps):
            self._n_updates += 1
            batch = self.replay_buffer.sample(batch_size, env=self._vec_normalize_env)
            ent_coef = self.ent_coef_tensor if log_ent_coef is None else log_ent_coef.detach().exp()
            updates_actor = self._n_updates % self._policy_delay == 0
            if updates_actor:
                actions, log_prob = self._sample(batch.observations)
            with torch.no_grad():
                next_actions, next_log_prob = self._sample(batch.next_observations)
                values = torch.minimum(*self.critic_target(batch.next_observations, next_actions))
                values -= ent_coef * next_log_prob
                goal = batch.rewards + (1.0 - batch.dones) * self.gamma * values
            # SB3's loss, half the sum over its two critics, is the mean over both.
            both = torch.cat(self.critic(batch.observations, batch.actions), dim=1)
            losses["critic_loss"] = critic_loss = mse_loss(both, goal.expand(-1, 2))
            self.critic.optimizer.zero_grad()
            critic_loss.backward()
            self.critic.optimizer.step()
            if updates_actor:
                values = torch.minimum(*self.critic(batch.observations, actions))
                losses["actor_loss"] = actor_loss = (ent_coef * log_prob - values).mean()
                self.actor.optimizer.zero_grad()
                actor_loss.backward(inputs=actor)
                self.actor.optimizer.step()
                if log_ent_coef is not None:
                    log_ent_coef.grad = -(log_prob.detach().mean() + self.target_entropy).reshape(1)
                    self.ent_coef_optimizer.step()
            with torch.no_grad():
                torch._foreach_lerp_(target, critic, self.tau)
        for name, value in (*losses.items(), ("ent_coef", ent_coef)):
            self.logger.record(f"train/{name}", value.item())

    def _sample(self, observations: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw actions (n, n_action); returns them and their log-probabilities (n, 1)."""
        mean, log_std, _ = self.actor.get_action_dist_params(observations)
        noise = torch.randn_like(mean)
        actions = torch.tanh(mean + log_std.exp() * noise)
        # SB3's log-probability, with its epsilon in the logarithm of tanh's derivative.
        log_prob = -0.5 * noise * noise - log_std - torch.log(1.0 - actions * actions + 1e-6)
        return actions, log_prob.sum(-1, keepdim=True) - 0.5 * math.log(2.0 * math.pi) * mean.shape[-1]
