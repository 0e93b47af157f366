"""Cost of `AntSimulator.step` on top of MuJoCo's own `mj_step`."""

from time import thread_time

import mujoco
import numpy as np
from numpy.typing import NDArray

from ant_sim.physics.simulator import FRAME_SKIP, AntSimulator
from benchmarks.report import Figure, median_figure, progress

TITLE = "AntSimulator.step against raw mj_step(nstep=5), same states and controls"
HELP = {"blocks": "pairs of timed blocks"}

BLOCK_STEPS = 50
"""Control steps in one timed block."""


def time_simulator(simulator: AntSimulator, controls: NDArray[np.float32]) -> float:
    """Processor time [s] of stepping through controls (n, 8); what else runs on the machine does not count."""
    begin = thread_time()
    for ctrl in controls:
        simulator.step(ctrl)
    return thread_time() - begin


def time_raw(simulator: AntSimulator, controls: NDArray[np.float32]) -> float:
    """Processor time [s] of the same with MuJoCo's function on the simulator's model and data."""
    model, data = simulator.model, simulator.data
    begin = thread_time()
    for ctrl in controls:
        data.ctrl[:] = ctrl
        mujoco.mj_step(model, data, nstep=FRAME_SKIP)
    return thread_time() - begin


def run(blocks: int = 200) -> list[Figure]:
    """Measure in alternating blocks; which one is first alternates too."""
    rng = np.random.default_rng(0)
    wrapped, raw = AntSimulator(), AntSimulator()
    samples: list[tuple[float, float]] = []
    for block in progress(blocks + 1, "physics"):
        controls = rng.uniform(-1.0, 1.0, (BLOCK_STEPS, len(raw.gears))).astype(np.float32)
        if block % 10 == 0:
            wrapped.reset(block)
            raw.reset(block)
        if block % 2:
            ours, theirs = time_simulator(wrapped, controls), time_raw(raw, controls)
        else:
            theirs, ours = time_raw(raw, controls), time_simulator(wrapped, controls)
        assert np.array_equal(wrapped.data.qpos, raw.data.qpos), "the two must do the same work"
        samples.append((theirs, ours))
    theirs_all, ours_all = np.array(samples[1:]).T  # The first pair warms up.
    return [
        median_figure("speed, AntSimulator / mj_step", theirs_all / ours_all, target=0.95),
        median_figure("AntSimulator", BLOCK_STEPS / ours_all, "steps/s"),
    ]
