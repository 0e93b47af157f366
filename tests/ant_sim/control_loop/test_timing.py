import math

import pytest

from ant_sim.control_loop.timing import TimingMonitor


def answer(timing, *latencies):
    for stamp_ns, seconds in enumerate(latencies, 1):
        timing.on_state(stamp_ns, 100.0)
        timing.on_command(stamp_ns, 100.0 + seconds)


def test_percentiles_are_those_of_the_latencies():
    timing = TimingMonitor()
    answer(timing, *(milliseconds * 1e-3 for milliseconds in range(101)))
    assert timing.latency_percentiles() == pytest.approx((0.050, 0.099))


def test_percentiles_without_latencies_are_not_numbers():
    assert all(map(math.isnan, TimingMonitor().latency_percentiles()))


def test_only_the_newest_latencies_are_kept():
    timing = TimingMonitor(capacity=3)
    answer(timing, 9.0, 9.0, 1.0, 1.0, 1.0)
    assert timing.latency_percentiles() == (1.0, 1.0)


def test_repeated_and_other_answers_are_no_samples():
    timing = TimingMonitor()
    answer(timing, 1.0)
    timing.on_command(1, 110.0)
    timing.on_command(None, 110.0)
    timing.on_command(7, 110.0)
    assert timing.latency_percentiles() == (1.0, 1.0)


def test_a_pause_is_no_latency():
    timing = TimingMonitor()
    timing.on_state(1, 100.0)
    timing.skip()
    timing.on_command(1, 110.0)
    assert all(map(math.isnan, timing.latency_percentiles()))


def test_real_time_factor_is_simulated_by_wall_time_of_the_window():
    timing = TimingMonitor()
    timing.close_window(100.0, 1_000_000_000)
    assert timing.real_time_factor == 0.0
    timing.close_window(102.0, 2_000_000_000)
    assert timing.real_time_factor == pytest.approx(0.5)
    timing.close_window(103.0, 12_000_000_000)
    assert timing.real_time_factor == pytest.approx(10.0)
