"""Reasons why there is no complete state of the joints, in words."""

from ant_policy.control.joint_merging import JointMerger
from ant_policy.control.joint_news import JointNews
from ant_policy.observation.builder import MissingJointError


def incomplete(merger: JointMerger, tolerance: float, now: float, timeout: float) -> str:
    """Say why the joints gave no state for a while; empty if they did.

    Args:
        merger: of the joint states.
        tolerance: largest time between the stamps of the joints in one state [s].
        now: [s, steady clock].
        timeout: how long there was none [s].
    """
    silent = merger.news.silent(now, timeout)
    if silent:
        joint = "joint" if len(silent) == 1 else "joints"
        return f"joint_states: no news of {joint} {', '.join(map(repr, silent))}"
    if merger.completed_at is not None and now - merger.completed_at <= timeout:
        return ""
    stamps_ns = merger.stamps_ns()
    unknown = [joint for joint in merger.joints if joint not in stamps_ns]
    if unknown:
        return f"joint_states: no second position of joint '{unknown[0]}' to tell its velocity by"
    oldest, newest = min(stamps_ns, key=stamps_ns.__getitem__), max(stamps_ns, key=stamps_ns.__getitem__)
    apart = (stamps_ns[newest] - stamps_ns[oldest]) * 1e-9
    return (
        f"joint_states: stamps of joints '{oldest}' and '{newest}' are {apart:.3g} s apart, "
        f"pairing_tolerance is {tolerance:g} s"
    )


def missing_joint(news: JointNews, now: float, timeout: float) -> MissingJointError | None:
    """The joint that nobody publishes, once others have been heard for `timeout` [s]."""
    never_heard = news.never_heard()
    if never_heard and news.first_at is not None and now - news.first_at > timeout:
        return MissingJointError(never_heard[0], news.found())
    return None


def no_first_state(merger: JointMerger, tolerance: float, now: float, timeout: float) -> str:
    """Say why joint states that come have given no state yet; empty if they have, or if none come. See `incomplete`."""
    news = merger.news
    if news.first_at is None:
        if news.foreign_at is None or now - news.foreign_at <= timeout:
            return ""
        return (
            f"joint_states: none of the policy's joints for {timeout:g} s; found: {news.found()}; expected: "
            f"{', '.join(merger.joints)}: waiting for them"
        )
    heard_at = news.newest()
    if now - news.first_at <= timeout or heard_at is None or now - heard_at > timeout:
        return ""
    reason = incomplete(merger, tolerance, now, timeout)
    return f"{reason}: waiting for a first complete state" if reason else ""
