"""Pairing of joint states and odometry into one state, by their stamps."""

from collections import deque
from collections.abc import Iterator

from ant_policy.observation.builder import BaseSample, JointSample

CAPACITY = 100
"""Samples kept of each kind: half a second of joint states at 200 Hz."""


class StatePairing:
    """Pairs samples with equal stamps or, once a newer odometry is there, the nearest within a tolerance."""

    def __init__(self, tolerance_ns: int) -> None:
        """Create an empty pairing."""
        self._tolerance_ns = tolerance_ns
        self._joints: deque[JointSample] = deque(maxlen=CAPACITY)
        self._bases: deque[BaseSample] = deque(maxlen=CAPACITY)

    def add_joints(self, sample: JointSample) -> None:
        """Add a sample; waiting ones with its stamp or later ones, left from before a restart, are dropped."""
        while self._joints and self._joints[-1].stamp_ns >= sample.stamp_ns:
            self._joints.pop()
        self._joints.append(sample)

    def add_base(self, sample: BaseSample) -> None:
        """Add a sample; drops others as `add_joints` does."""
        while self._bases and self._bases[-1].stamp_ns >= sample.stamp_ns:
            self._bases.pop()
        self._bases.append(sample)

    def clear(self) -> None:
        """Forget all samples."""
        self._joints.clear()
        self._bases.clear()

    def pairs(self) -> Iterator[tuple[JointSample, BaseSample]]:
        """Take the complete pairs, oldest first; joint states without odometry within the tolerance are dropped."""
        while self._joints and self._bases and self._bases[-1].stamp_ns >= self._joints[0].stamp_ns:
            joints, nearest = self._joints.popleft(), self._bases[-1]
            stamp_ns = joints.stamp_ns
            while self._bases[0].stamp_ns < stamp_ns - self._tolerance_ns:
                self._bases.popleft()
            # Most drivers publish both with one stamp.
            if nearest.stamp_ns != stamp_ns:
                nearest = min(self._bases, key=lambda base: abs(base.stamp_ns - stamp_ns))
            if abs(nearest.stamp_ns - stamp_ns) <= self._tolerance_ns:
                yield joints, nearest
