"""Random actions in the jumping Ant's environment: `python -m ant_sim.demo`."""

import argparse
from collections.abc import Sequence

import gymnasium as gym

import ant_sim  # noqa: F401  (registers the environment)
from ant_sim.broken_pipe import ends_with_its_reader


@ends_with_its_reader()
def main(argv: Sequence[str] | None = None) -> int:
    """Run episodes and print episode, step, reward and total at step 1 and every 100 steps."""
    parser = argparse.ArgumentParser(prog="python -m ant_sim.demo", description=__doc__)
    parser.add_argument("--episodes", type=int, default=3, help="number of episodes (default: 3)")
    parser.add_argument("--steps", type=int, default=500, help="maximum length of an episode (default: 500)")
    parser.add_argument("--seed", type=int, default=0, help="seed of resets and actions (default: 0)")
    parser.add_argument("--human", action="store_true", help="show a window (needs a display)")
    arguments = parser.parse_args(argv)

    env = gym.make(
        "CustomAntEnv-v1", max_episode_steps=arguments.steps, render_mode="human" if arguments.human else None
    )
    env.action_space.seed(arguments.seed)
    print(f"{'episode':>7} {'step':>5} {'reward':>7} {'total':>9}")
    for episode in range(1, arguments.episodes + 1):
        env.reset(seed=arguments.seed if episode == 1 else None)
        total, step, done = 0.0, 0, False
        while not done:
            _, reward, terminated, truncated, _ = env.step(env.action_space.sample())
            total, step, done = total + float(reward), step + 1, terminated or truncated
            if step == 1 or step % 100 == 0:
                print(f"{episode:>7} {step:>5} {reward:>7.3f} {total:>9.2f}")
    env.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
