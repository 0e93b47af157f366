"""Pairing of joint states with the other sources of one state, by their stamps."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeVar

from ant_policy.observation.samples import BaseSample, ImuSample, JointSample

CAPACITY = 100
"""Samples kept of each kind: half a second of joint states at 200 Hz."""

Sample = TypeVar("Sample", JointSample, BaseSample | ImuSample)


class StatePairing:
    """Pairs samples with equal stamps or, once a newer one of the source is there, the nearest within a tolerance."""

    def __init__(self, sources: Sequence[str], tolerance_ns: int) -> None:
        """Create an empty pairing.

        Args:
            sources: topics that a state needs besides joint_states: odom, imu, both or none.
            tolerance_ns: largest time between the stamps of a state [ns].
        """
        self._tolerance_ns = tolerance_ns
        self._joints: deque[JointSample] = deque(maxlen=CAPACITY)
        self._others: dict[str, deque[BaseSample | ImuSample]] = {each: deque(maxlen=CAPACITY) for each in sources}

    def add_joints(self, sample: JointSample) -> None:
        """Add a sample; waiting ones with its stamp or later ones, left from before a restart, are dropped."""
        _append(self._joints, sample)

    def add(self, source: str, sample: BaseSample | ImuSample) -> None:
        """Add a sample of a source; drops others as `add_joints` does."""
        _append(self._others[source], sample)

    def clear(self) -> None:
        """Forget all samples."""
        self._joints.clear()
        for samples in self._others.values():
            samples.clear()

    def pairs(self) -> Iterator[tuple[JointSample, dict[str, BaseSample | ImuSample]]]:
        """Take the complete states, oldest first; joint states without the others within the tolerance are dropped."""
        while self._joints and all(
            samples and samples[-1].stamp_ns >= self._joints[0].stamp_ns for samples in self._others.values()
        ):
            joints = self._joints.popleft()
            nearest = {source: self._nearest(samples, joints.stamp_ns) for source, samples in self._others.items()}
            if all(abs(sample.stamp_ns - joints.stamp_ns) <= self._tolerance_ns for sample in nearest.values()):
                yield joints, nearest

    def _nearest(self, samples: deque[BaseSample | ImuSample], stamp_ns: int) -> BaseSample | ImuSample:
        newest = samples[-1]
        while samples[0].stamp_ns < stamp_ns - self._tolerance_ns:
            samples.popleft()
        # Most drivers publish all with one stamp.
        return newest if newest.stamp_ns == stamp_ns else min(samples, key=lambda each: abs(each.stamp_ns - stamp_ns))


def _append(samples: deque[Sample], sample: Sample) -> None:
    while samples and samples[-1].stamp_ns >= sample.stamp_ns:
        samples.pop()
    samples.append(sample)
