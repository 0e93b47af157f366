import numpy as np
import pytest

from ant_sim import demo
from ant_sim.envs.single import CustomAntEnv


def rows(text):
    heading, *lines = text.splitlines()
    assert heading.split() == ["episode", "step", "reward", "total"]
    return [
        (int(episode), int(step), float(reward), float(total)) for episode, step, reward, total in map(str.split, lines)
    ]


def test_demo_prints_step_1_and_every_100_of_each_episode(capsys):
    assert demo.main(["--episodes", "2", "--steps", "250", "--seed", "4"]) == 0
    found = rows(capsys.readouterr().out)
    assert [row[:2] for row in found] == [(episode, step) for episode in (1, 2) for step in (1, 100, 200)]


def test_demo_shows_the_rewards_of_random_actions(capsys):
    demo.main(["--episodes", "1", "--steps", "200", "--seed", "5"])
    env = CustomAntEnv()
    env.action_space.seed(5)
    env.reset(seed=5)
    rewards = [env.step(env.action_space.sample())[1] for _ in range(200)]
    totals = np.cumsum(rewards)
    for _, step, reward, total in rows(capsys.readouterr().out):
        assert reward == pytest.approx(rewards[step - 1], abs=6e-4)
        assert total == pytest.approx(totals[step - 1], abs=6e-3)
    assert totals[-1] > 1.0


def test_demo_refuses_an_unknown_argument(capsys):
    with pytest.raises(SystemExit, match="2"):
        demo.main(["--speed", "3"])
    assert "--speed" in capsys.readouterr().err
