"""Session of any trainer: evaluations, best and last weights, checkpoints, time limit, Ctrl-C and progress."""

import os
import signal
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter

from ant_policy.atomic import replacing
from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.evaluation.environment import Environment
from ant_policy.evaluation.learning_curves import Point
from ant_policy.evaluation.rollout import roll_out
from ant_policy.policies.loading import CARD_NAME
from ant_policy.training.checkpoint import Tree, load_checkpoint, save_checkpoint
from ant_policy.training.config import OffPolicyConfig, PgpeConfig
from ant_policy.training.run_folder import RunFolder

EVALUATION_SEED = 500
"""First reset seed of the evaluations that choose the best weights; seeds from 1000 on only report."""

FILES = ["policy.npz", "policy.zip"]
"""Files of a policy without a card."""


class Learner(Protocol):
    """Algorithm as a session sees it."""

    def card(self) -> Card | None:
        """Card of the current policy; None if its environment does not say enough for one."""

    def act(self, observations: NDArray[np.float32]) -> Any:
        """Deterministic actions of n environments for observations (n, n_observation)."""

    def save(self, *files: Path) -> None:
        """Write the current policy into the files of its card; without one, into `FILES`."""

    def state(self) -> Tree:
        """Snapshot of the training."""


class TrainingSession:
    """A training, new or resumed, until its end, its time limit or Ctrl-C.

    Attributes:
        points: the evaluations so far.
        done: environment steps or generations so far.
        interrupted: whether a signal ended it.
        log: TensorBoard writer.
    """

    def __init__(
        self,
        folder: RunFolder,
        environment: Environment,
        config: OffPolicyConfig | PgpeConfig,
        restore: Callable[[Tree], None] | None,
    ) -> None:
        """Delete an earlier run, or `restore` the snapshot in its checkpoint; evaluations are in `environment`.

        Raises:
            PolicyError: if the checkpoint cannot be read or belongs to another run.
        """
        self.points: list[Point] = []
        self.done = 0
        self.interrupted = False
        self._folder, self._max_steps = folder, environment.max_steps
        self._envs = environment.make(
            config.evaluation_episodes, is_discrete=config.is_discrete, num_threads=config.num_threads
        )
        if environment.in_turn:
            print(environment.in_turn, file=sys.stderr)
        self._unit, self._total = config.unit, config.length
        self._interval, self._minutes = config.evaluation_interval, config.minutes
        self._seconds_before, self._begin = 0.0, time.monotonic()
        if restore is None:
            folder.clear()
        else:
            self._resume(restore)
        self.log = SummaryWriter(str(folder.tensorboard))
        self._progress = Progress(
            BarColumn(bar_width=20),
            TextColumn("{task.fields[status]}"),
            TextColumn("elapsed"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("training", total=1.0, status="")

    def _resume(self, restore: Callable[[Tree], None]) -> None:
        tree = load_checkpoint(self._folder.checkpoint)
        try:
            restore(tree["learner"])
            self.points = [Point(**point) for point in tree["points"]]
            self.done, self._seconds_before = tree["done"], tree["seconds"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise PolicyError(f"{self._folder.checkpoint}: is not of this run: {error!r}") from error
        if self._total < self.done:
            raise PolicyError(f"hyperparameter '{self._unit}' is {self._total}; this run has done {self.done} already")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Show the progress bar; within the block SIGINT, SIGTERM and SIGHUP end the training in an orderly way."""
        self._folder.write_settings()
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        if handlers[signal.SIGHUP] is signal.SIG_IGN:  # by nohup
            del handlers[signal.SIGHUP]

        def restore_handlers() -> None:
            for number, handler in handlers.items():
                signal.signal(number, handler)

        def interrupt(number: int, frame: FrameType | None) -> None:
            # Printing is left to `advance`: the signal may have interrupted a print. A second signal ends the process.
            self.interrupted = True
            restore_handlers()
            if number == signal.SIGHUP:  # the shell and then the kernel send it
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                _leave_terminal()

        for number in handlers:
            signal.signal(number, interrupt)
        self._begin = time.monotonic()
        try:
            with self._progress:
                yield
        finally:
            restore_handlers()
            self.log.close()

    def advance(self, done: int, steps: int, learner: Learner) -> bool:
        """Register progress; evaluate and save when it is time to.

        Args:
            done: generations or environment steps so far.
            steps: environment steps so far.
            learner: the algorithm, between two of its steps.

        Returns:
            Whether to continue.

        Raises:
            OSError: if something cannot be saved; earlier files are then unchanged.
        """
        due = done // self._interval > self.done // self._interval or (done >= self._total > self.done)
        self.done = done
        if due:
            self._evaluate(steps, learner)
        share_of_time = (time.monotonic() - self._begin) / (60.0 * self._minutes) if self._minutes else 0.0
        stopping = self.interrupted or share_of_time >= 1.0
        if self.interrupted:
            self._progress.console.print("stopping: saving the run (Ctrl-C again to stop without saving)")
        if due or stopping:
            self._save(learner)
        status = f"{done:,}/{self._total:,} {self._unit}"
        if self.points:
            status += f", return {self.points[-1].mean:,.0f} (best {self._best_mean:,.0f})"
        self._progress.update(self._task, completed=min(max(done / self._total, share_of_time), 1.0), status=status)
        return not stopping and done < self._total

    @property
    def seconds(self) -> float:
        """Wall time of the training so far [s], including the time before it was resumed."""
        return self._seconds_before + time.monotonic() - self._begin

    @property
    def _best_mean(self) -> float:
        return max((point.mean for point in self.points), default=-np.inf)

    def _evaluate(self, steps: int, learner: Learner) -> None:
        seconds = self.seconds
        evaluation = roll_out(self._envs, lambda x: learner.act(x.astype(np.float32)), EVALUATION_SEED, self._max_steps)
        returns = evaluation.summary()
        point = Point(steps, seconds, returns.mean, returns.std, returns.falls)
        is_best = point.mean > self._best_mean
        self.points.append(point)
        # Names of SB3's EvalCallback, and what it does not have.
        for name, value in (("mean_reward", point.mean), ("std_reward", point.std), ("falls", point.falls)):
            self.log.add_scalar(f"eval/{name}", value, steps)
        self._progress.console.print(
            f"{steps:>11,} steps {seconds:6.0f} s: return {point.mean:7.1f} ± {point.std:6.1f}, falls {point.falls}"
            f"{', the best so far' if is_best else ''}",
            highlight=False,
        )
        if is_best:
            _save_policy(learner, self._folder.path)
        self._folder.write_curve(self.points)

    def _save(self, learner: Learner) -> None:
        self._folder.last.mkdir(exist_ok=True)
        _save_policy(learner, self._folder.last)
        if not self.points:
            _save_policy(learner, self._folder.path)
        points = [asdict(point) for point in self.points]
        tree = {"done": self.done, "seconds": self.seconds, "points": points, "learner": learner.state()}
        save_checkpoint(self._folder.checkpoint, tree)


def _leave_terminal() -> None:
    """Turn outputs on a terminal into nothing: to write to one that is gone is an error."""
    null = os.open(os.devnull, os.O_WRONLY)
    for output in (1, 2):
        if stat.S_ISCHR(os.fstat(output).st_mode):
            os.dup2(null, output)


def _save_policy(learner: Learner, folder: Path) -> None:
    card = learner.card()
    files = FILES if card is None else card.files
    with replacing(*(folder / name for name in [*files, *([CARD_NAME] if card else [])])) as new_files:
        learner.save(*new_files[: len(files)])
        if card is not None:
            card.save(new_files[-1])
