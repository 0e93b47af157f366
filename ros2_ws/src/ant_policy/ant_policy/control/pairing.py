"""Joint states and odometry -> one state, by their stamps."""

from collections import deque
from collections.abc import Iterator

from ant_policy.observation.builder import BaseSample, JointSample

CAPACITY = 100
"""Samples kept of each kind: half a second of joint states at 200 Hz."""


class StatePairing:
    """Pairs samples with equal stamps; once a newer odometry is there, the nearest within a tolerance."""

    def __init__(self, tolerance_ns: int) -> None:
        """Create an empty pairing."""
        self._tolerance_ns = tolerance_ns
        self._joints: deque[JointSample] = deque(maxlen=CAPACITY)
        self._bases: deque[BaseSample] = deque(maxlen=CAPACITY)

    def add_joints(self, sample: JointSample) -> None:
        """One more sample; it replaces those that wait with its stamp or, from before a restart, with later ones."""
        while self._joints and self._joints[-1].stamp_ns >= sample.stamp_ns:
            self._joints.pop()
        self._joints.append(sample)

    def add_base(self, sample: BaseSample) -> None:
        """One more sample; it replaces others as in `add_joints`."""
        while self._bases and self._bases[-1].stamp_ns >= sample.stamp_ns:
            self._bases.pop()
        self._bases.append(sample)

    def clear(self) -> None:
        """Forget everything, as after a restart of the source."""
        self._joints.clear()
        self._bases.clear()

    def pairs(self) -> Iterator[tuple[JointSample, BaseSample]]:
        """Take the pairs that are complete, oldest first; joint states without a match in tolerance are dropped."""
        while self._joints:
            stamp_ns = self._joints[0].stamp_ns
            nearest = min(self._bases, key=lambda base: abs(base.stamp_ns - stamp_ns), default=None)
            if nearest is None:
                return
            distance = abs(nearest.stamp_ns - stamp_ns)
            if distance and all(base.stamp_ns < stamp_ns for base in self._bases):
                return
            joints = self._joints.popleft()
            while self._bases and self._bases[0].stamp_ns < stamp_ns - self._tolerance_ns:
                self._bases.popleft()
            if distance <= self._tolerance_ns:
                yield joints, nearest
