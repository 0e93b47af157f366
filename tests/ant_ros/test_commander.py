from ant_ros.commander import CommanderWatch


def test_one_commander_never_conflicts():
    watch = CommanderWatch(0.2)
    assert [watch.register("a", is_limp, now) for is_limp, now in ((False, 1.0), (True, 1.1), (False, 1.15))] == [
        None
    ] * 3


def test_another_commander_conflicts_while_the_first_is_live():
    watch = CommanderWatch(0.2)
    watch.register("a", False, 1.0)
    assert watch.register("b", False, 1.19) == "a"
    assert watch.register("a", False, 1.195) is None


def test_zero_effort_from_another_commander_conflicts_too():
    watch = CommanderWatch(0.2)
    watch.register("a", False, 1.0)
    assert watch.register("b", True, 1.1) == "a"


def test_silent_commander_may_be_followed():
    watch = CommanderWatch(0.2)
    watch.register("a", False, 1.0)
    assert watch.register("b", False, 1.21) is None
    assert watch.register("a", False, 1.22) == "b"


def test_zero_effort_gives_the_robot_back_at_once():
    watch = CommanderWatch(0.2)
    watch.register("a", False, 1.0)
    watch.register("a", True, 1.05)
    assert watch.register("b", False, 1.051) is None
