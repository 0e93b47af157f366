"""PGPE spread over a Ray cluster of two nodes, both on this machine, against the same search in one process."""

import numpy as np
import pytest
import ray
from ray.cluster_utils import Cluster
from tiny_runs import train

from ant_policy import load_policy
from ant_policy.train import main
from ant_policy.training.checkpoint import load_checkpoint
from ant_policy.training.session import TrainingSession

SEARCH = ["pgpe", "--generations", "3", "--population", "20", "--episode-steps", "60", "--evaluation-interval", "1"]
SMALL = ["--num-threads", "1", "--evaluation-episodes", "1", "--report-episodes", "1", "--seed", "4"]


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1, include_dashboard=False)
    cluster.wait_for_nodes()
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def actor_nodes():
    """Nodes on which actors live; Ray's public way to ask needs its dashboard."""
    actors = ray._private.state.actors().values()
    return {actor["Address"]["NodeID"] for actor in actors if actor["State"] == "ALIVE"}


def test_two_nodes_find_the_centre_of_a_single_process(cluster, tmp_path, monkeypatch):
    assert train([*SEARCH, *SMALL, "--out", str(tmp_path / "alone")]) == 0
    spread = ["--actors", "2", "--ray-address", cluster.address]
    nodes = set()
    advance = TrainingSession.advance

    def advance_and_look(session, done, steps, learner):
        # While the search lives, as its actors end with it.
        nodes.update(actor_nodes())
        return advance(session, done, steps, learner)

    monkeypatch.setattr(TrainingSession, "advance", advance_and_look)
    assert train([*SEARCH, *SMALL, *spread, "--out", str(tmp_path / "spread")]) == 0
    assert len(nodes) == 2
    alone, spread = (load_checkpoint(tmp_path / name / "checkpoint.npz")["learner"] for name in ("alone", "spread"))
    np.testing.assert_equal(alone, spread)
    observation = np.random.default_rng(0).normal(size=27)
    actions = [load_policy(tmp_path / name).act(observation) for name in ("alone", "spread")]
    np.testing.assert_array_equal(*actions)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "no.such.host.invalid:6379"])
def test_address_without_a_cluster_is_named_at_once(address, tmp_path, capsys):
    assert main([*SEARCH, *SMALL, "--actors", "2", "--ray-address", address, "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert f"no Ray cluster at '{address}'" in error
    assert len(error.splitlines()) == 1
