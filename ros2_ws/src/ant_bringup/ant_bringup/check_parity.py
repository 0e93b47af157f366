"""Parity check of a policy over ROS with the same run without ROS: `ros2 run ant_bringup check_parity sac`.

Simulator and policy run as two processes in a ROS domain and namespace of their own; their states and commands are
compared bit for bit with the Gymnasium environment's for the same seed, or with a plain loop's for other robots. With
`--against`, the plain loop follows another card, such as the one that the training wrote. Exit code 0 if they agree, 1
if they differ, 2 if there was nothing to compare.
"""

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress

from ant_bringup.checks.graph import Graph
from ant_bringup.checks.parity import Comparison, card_differences, compare
from ant_bringup.checks.reference import Instant, replay, run_loop
from ant_bringup.checks.session import SessionError
from ant_policy import Policy, PolicyError, default_card, load_policy
from ant_policy.evaluation.rollout import model_warning
from ant_policy.observation.terms import CMD_VEL
from ant_sim import MODEL_PATH
from ant_sim.control_loop.loop import FIRST_STAMP_NS
from ant_sim.physics.robot import load_robot
from ant_sim.tasks.jump import JumpTask
from ant_sim.tasks.registry import make_task

MAX_DIFFERENCES = 5
"""Number of differences between two cards that are printed."""


def check(arguments: argparse.Namespace, console: Console) -> Comparison:
    """Run simulator and policy, and compare.

    Raises:
        PolicyError: the policy cannot be used.
        SessionError: the nodes did not run to the end.
        ValueError: there is no such robot, keyframe or task, or cards and arguments do not fit each other.
    """
    policy, steps = arguments.policy, arguments.steps
    reference = load_policy(arguments.against or policy, seed=arguments.seed)
    card, velocity = reference.card, (*arguments.cmd_vel,)
    if not arguments.model and (warning := model_warning(card)):
        console.print(f"warning: {warning}", highlight=False)
    if arguments.against:
        other = load_policy(policy).card
        differences = card_differences(card, other)
        for field, expected, found in differences[:MAX_DIFFERENCES]:
            line = f"the cards differ in {field}: expected {expected}, found {found}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)
        if len(differences) > MAX_DIFFERENCES:
            console.print(f"... and in {len(differences) - MAX_DIFFERENCES} fields more", highlight=False)
        if other.control_period != card.control_period:
            raise ValueError("control_period of the cards differs: the runs have no instants in common")
    if any(velocity) and CMD_VEL not in card.sources:
        raise ValueError(f"--cmd-vel is {velocity}; expected none, as the policy has no term velocity_command")
    # What does not fit is refused before any process starts.
    run_reference(load_policy(arguments.against or policy), arguments, 1)
    model = {name: getattr(arguments, name) for name in ("seed", "base_link", "keyframe", "gains", "task")}
    model |= {"model": arguments.model or str(MODEL_PATH), "control_period": card.control_period}
    period_ns = round(card.control_period * 1e9)
    with Graph(card.sources) as graph, Progress(console=console, transient=True) as bar:
        graph.run(policy, velocity, **model)
        task = bar.add_task("over ROS", total=steps)
        graph.wait_for(
            FIRST_STAMP_NS + steps * period_ns,
            lambda reached: bar.update(task, completed=max(0, reached - FIRST_STAMP_NS) // period_ns),
        )
    return compare(reference, run_reference(reference, arguments, steps), **graph.kept, velocity_command=velocity)


def run_reference(policy: Policy, arguments: argparse.Namespace, steps: int) -> dict[int, Instant]:
    """Run the Gymnasium environment for a robot, task and observation of its kind, a plain loop otherwise."""
    robot = load_robot(arguments.model or MODEL_PATH, arguments.base_link, arguments.gains)
    is_jump = isinstance(make_task(arguments.task, robot), JumpTask)
    if is_jump and not arguments.gains and policy.card.observation.terms == default_card("zero").observation.terms:
        return replay(policy, arguments.seed, steps, robot.path)
    options = {"keyframe": arguments.keyframe, "task": arguments.task, "velocity_command": (*arguments.cmd_vel,)}
    return run_loop(policy, robot, arguments.seed, steps, **options)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; exit code 0: equal, 1: different, 2: nothing to compare."""
    parser = argparse.ArgumentParser(prog="python -m ant_bringup.check_parity", description=__doc__.splitlines()[0])
    parser.add_argument("policy", help="shipped policy (sac, dqn, pgpe, walk), zero, random, or a path")
    parser.add_argument(
        "--against",
        default="",
        metavar="CARD",
        help="policy or card that the reference follows (default: the policy itself)",
    )
    parser.add_argument("--model", default="", help="MJCF file of the robot (default: the Ant)")
    parser.add_argument("--base-link", default="", help="body that is the base link (default: the root)")
    parser.add_argument(
        "--keyframe", default="", help="keyframe of the initial pose (default: home, else the model's own pose)"
    )
    parser.add_argument("--gains", default="", metavar="CARD", help="card whose gains turn the actuators into servos")
    parser.add_argument("--task", default="", help="jump, walk or none (default: jump for the Ant, none otherwise)")
    text, axes = "velocity command, all the time [m/s, rad/s] (default: 0 0 0)", ("X", "Y", "YAW")
    parser.add_argument("--cmd-vel", nargs=3, type=float, default=(0.0, 0.0, 0.0), metavar=axes, help=text)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first reset (default: 0)")
    parser.add_argument("--steps", type=int, default=1000, help="control steps to compare (default: 1000)")
    arguments = parser.parse_args(argv)
    if arguments.steps < 1 or arguments.seed < 0:
        parser.error(f"--steps is {arguments.steps} and --seed {arguments.seed}; expected at least 1 and 0")
    console = Console(stderr=True)
    try:
        result = check(arguments, console)
    except (PolicyError, SessionError, ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if result.difference is not None:
        print(f"DIFFERENT at {result.difference}")
        return 1
    expected = arguments.steps + 1
    if min(result.states, result.commands) < expected:
        print(f"error: {result.states} states and {result.commands} commands of {expected} came", file=sys.stderr)
        return 2
    print(f"EQUAL: {result.states} states and {result.commands} commands, bit for bit")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
