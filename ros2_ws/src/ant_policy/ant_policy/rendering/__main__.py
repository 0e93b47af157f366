"""Process of `ant_policy.rendering.backend.render`; people use `ant_policy.evaluate --video` or `--picture`."""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np

from ant_policy.optional import command
from ant_policy.policies.loading import load_policy
from ant_policy.rendering.backend import choose_backend


@command
def main(kind: str, policy: str, file: str, seed: str, steps: str, model: str | Path = "") -> int:
    """Render a video or picture of an episode; returns the exit code, 0 or 2.

    `poses` renders a video of those on stdin, as .npy; `seed` is their control period then.
    """
    choose_backend()
    from ant_policy.rendering.episode import play, write_picture, write_video
    from ant_sim import MODEL_PATH

    if kind == "poses":
        write_video(np.load(BytesIO(sys.stdin.buffer.read()), allow_pickle=False), Path(file), model, float(seed))
        return 0
    write = {"video": write_video, "picture": write_picture}[kind]
    model = model or MODEL_PATH
    write(list(play(load_policy(policy), int(seed), int(steps), model)), Path(file), model)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
