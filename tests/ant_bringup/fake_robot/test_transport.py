"""The lossy transport, without ROS: losses, delays, and that no sender waits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

import pytest

from ant_bringup.fake_robot.robot import Defects
from ant_bringup.fake_robot.transport import LossyTransport

IDEAL = Defects.none()
COUNT = 400
PATIENCE = 30.0


@contextmanager
def running(transport: LossyTransport) -> Iterator[None]:
    """A thread that publishes during the block."""
    stop = threading.Event()
    thread = threading.Thread(target=transport.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def carry() -> Callable[[Defects], list[int]]:
    """Send numbers through a transport; returns those that came, in their order."""

    def carry_numbers(defects: Defects) -> list[int]:
        transport = LossyTransport(defects, seed=0)
        came: list[int] = []
        over = threading.Event()
        now = monotonic()
        for number in range(COUNT):
            transport.send(lambda number=number: came.append(number), now)
        with running(transport):
            deadline = now + PATIENCE
            # It may be lost like any other.
            while not over.wait(0.01):
                assert monotonic() < deadline
                transport.send(over.set, now + defects.late_by + 20.0 * defects.publishing_jitter)
        return came

    return carry_numbers


def test_ideal_wire_loses_nothing_and_keeps_the_order(carry) -> None:
    assert carry(IDEAL) == list(range(COUNT))


def test_share_of_the_messages_is_lost(carry) -> None:
    came = carry(replace(IDEAL, drop_rate=0.25))
    assert came == sorted(set(came))
    assert len(came) == pytest.approx(0.75 * COUNT, abs=4.0 * (0.25 * 0.75 * COUNT) ** 0.5)


def test_late_messages_come_after_those_that_were_sent_later(carry) -> None:
    came = carry(replace(IDEAL, late_rate=0.25, late_by=0.02))
    assert sorted(came) == list(range(COUNT))
    (turn,) = [i for i in range(1, COUNT) if came[i] < came[i - 1]]
    assert COUNT - turn == pytest.approx(0.25 * COUNT, abs=4.0 * (0.25 * 0.75 * COUNT) ** 0.5)


def test_jitter_changes_the_order_and_loses_nothing(carry) -> None:
    came = carry(replace(IDEAL, publishing_jitter=0.001))
    assert sorted(came) == list(range(COUNT)) != came


def test_no_message_comes_before_its_time() -> None:
    transport, over, came = LossyTransport(IDEAL, seed=0), threading.Event(), []
    due = monotonic() + 0.02
    transport.send(lambda: (came.append(monotonic()), over.set()), due)
    with running(transport):
        assert over.wait(PATIENCE)
    assert came[0] >= due


def test_sender_does_not_wait_for_a_publisher_that_blocks() -> None:
    transport, blocking, free, came = LossyTransport(IDEAL, seed=0), threading.Event(), threading.Event(), []
    now = monotonic()
    with running(transport):
        transport.send(lambda: (blocking.set(), free.wait(PATIENCE)), now)
        assert blocking.wait(PATIENCE)
        for number in range(COUNT):
            transport.send(lambda number=number: came.append(number), now)
        assert came == []
        over = threading.Event()
        transport.send(over.set, now)
        free.set()
        assert over.wait(PATIENCE)
    assert came == list(range(COUNT))
