"""What all trainers do beside learning: evaluate, keep the best and the last policy, save the state, show progress."""

import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch.utils.tensorboard import SummaryWriter

from ant_policy.atomic import replacing
from ant_policy.card.card import Card
from ant_policy.errors import PolicyError
from ant_policy.evaluation.learning_curves import Point
from ant_policy.evaluation.rollout import roll_out
from ant_policy.policies.loading import CARD_NAME
from ant_policy.training.checkpoint import Tree, load_checkpoint, save_checkpoint
from ant_policy.training.run_folder import RunFolder
from ant_sim.envs.vector import CustomAntVectorEnv

EVALUATION_SEED = 500
"""First reset seed of the evaluations that choose the best weights; seeds from 1000 on only report."""


class Learner(Protocol):
    """What a session needs of an algorithm."""

    def card(self) -> Card:
        """Card of the policy as it is now."""

    def act(self, observations: NDArray[np.float32]) -> Any:
        """Deterministic actions of n environments for observations (n, 27)."""

    def save(self, *files: Path) -> None:
        """Write the policy as it is now into the files of its card."""

    def state(self) -> Tree:
        """All that the training goes on from."""


class TrainingSession:
    """A training from its start, or from where it was resumed, to its end, its time limit or Ctrl-C.

    Attributes:
        points: the evaluations so far.
        stopped: whether it was asked to end early, by a signal or by its time limit.
        interrupted: whether by a signal.
        log: TensorBoard's writer.
    """

    def __init__(
        self, folder: RunFolder, envs: CustomAntVectorEnv, *, total: int, unit: str, interval: int, minutes: float
    ) -> None:
        """Prepare a session.

        Args:
            folder: where to save.
            envs: to evaluate on, an episode each.
            total: how much is to be done, in `unit`.
            unit: steps or generations.
            interval: how much is done between evaluations.
            minutes: time limit; 0: none.
        """
        self.points: list[Point] = []
        self.stopped = self.interrupted = False
        self.log = SummaryWriter(str(folder.tensorboard))
        self._folder, self._envs = folder, envs
        self._total, self._unit, self._interval = total, unit, interval
        self._minutes = minutes
        self._done = 0
        self._seconds_before = 0.0
        self._begin = time.monotonic()
        self._end: float | None = None
        self._progress = Progress(
            BarColumn(bar_width=20),
            TextColumn("{task.fields[status]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("training", total=1.0, status="")
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Show the progress bar; from here on SIGINT and SIGTERM end the training in an orderly way."""
        for number in (signal.SIGINT, signal.SIGTERM):
            self._handlers[number] = signal.signal(number, self._on_signal)
        self._begin = time.monotonic()
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the clock, and give the signals back."""
        self._end = time.monotonic()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._progress.stop()
        self.log.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # Nothing is printed here: the interrupted code may be in the midst of printing itself.
        self.stopped = self.interrupted = True
        for each, handler in self._handlers.items():
            signal.signal(each, handler)

    def resume(self, restore: Callable[[Tree], None]) -> int:
        """Go on from the folder's checkpoint; returns how much was done.

        Raises:
            PolicyError: if it cannot be read or is of another run.
        """
        tree = load_checkpoint(self._folder.checkpoint)
        try:
            restore(tree["learner"])
            self.points = [Point(**point) for point in tree["points"]]
            self._done, self._seconds_before = tree["done"], tree["seconds"]
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise PolicyError(f"{self._folder.checkpoint}: is not of this run: {error!r}") from error
        if self._total < self._done:
            raise PolicyError(f"hyperparameter '{self._unit}' is {self._total}; this run has done {self._done} already")
        return self._done

    def advance(self, done: int, steps: int, learner: Learner) -> bool:
        """Take note that so much is done; evaluates and saves when it is time to.

        Args:
            done: generations or environment steps so far.
            steps: environment steps so far.
            learner: the algorithm, between two of its steps.

        Returns:
            Whether to go on.

        Raises:
            OSError: if something cannot be saved; what was saved before is as it was.
        """
        due = done // self._interval > self._done // self._interval or (done >= self._total > self._done)
        self._done = done
        if self._minutes and time.monotonic() - self._begin > 60.0 * self._minutes:
            self.stopped = True
        if due:
            self._evaluate(steps, learner)
        if self.interrupted:
            self._progress.console.print("stopping: saving what there is (once more to end at once)")
        if due or self.stopped:
            self._save(learner)
        self._show()
        return not self.stopped and done < self._total

    @property
    def done(self) -> int:
        """How much is done."""
        return self._done

    @property
    def seconds(self) -> float:
        """Wall time of the whole training [s], until its end, what was done before a resume included."""
        return self._seconds_before + (self._end or time.monotonic()) - self._begin

    def _evaluate(self, steps: int, learner: Learner) -> None:
        seconds = self.seconds
        evaluation = roll_out(self._envs, lambda x: learner.act(x.astype(np.float32)), EVALUATION_SEED)
        returns = evaluation.summary()
        point = Point(steps, seconds, returns.mean, returns.std, returns.falls)
        best = max((earlier.mean for earlier in self.points), default=-np.inf)
        self.points.append(point)
        for name in ("mean", "std", "falls"):
            self.log.add_scalar(f"evaluation/{name}", asdict(point)[name], steps)
        self._progress.console.print(
            f"{steps:>11,} steps {seconds:6.0f} s: return {point.mean:7.1f} ± {point.std:6.1f}, falls {point.falls}"
            f"{', the best so far' if point.mean > best else ''}",
            highlight=False,
        )
        if point.mean > best:
            _save_policy(learner, self._folder.path)
        self._folder.write_curve(self.points)

    def _save(self, learner: Learner) -> None:
        self._folder.last.mkdir(exist_ok=True)
        _save_policy(learner, self._folder.last)
        if not self.points:
            _save_policy(learner, self._folder.path)
        points = [asdict(point) for point in self.points]
        tree = {"done": self._done, "seconds": self.seconds, "points": points, "learner": learner.state()}
        save_checkpoint(self._folder.checkpoint, tree)

    def _show(self) -> None:
        shares = [self._done / self._total]
        if self._minutes:
            shares.append((time.monotonic() - self._begin) / (60.0 * self._minutes))
        status = f"{self._done:,}/{self._total:,} {self._unit}"
        if self.points:
            best = max(point.mean for point in self.points)
            status += f", return {self.points[-1].mean:,.0f} (best {best:,.0f})"
        self._progress.update(self._task, completed=min(max(shares), 1.0), status=status)


def _save_policy(learner: Learner, folder: Path) -> None:
    card = learner.card()
    with replacing(*(folder / name for name in (*card.files, CARD_NAME))) as (*new_files, new_card):
        learner.save(*new_files)
        card.save(new_card)
