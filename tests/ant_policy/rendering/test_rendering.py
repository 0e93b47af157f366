import os

import pytest

from ant_policy.errors import PolicyError
from ant_policy.rendering.backend import choose_backend, rendering


@pytest.mark.parametrize(
    ("given", "chosen"), [({}, "egl"), ({"MUJOCO_GL": "osmesa"}, "osmesa"), ({"DISPLAY": ":0"}, None)], ids=str
)
def test_egl_is_chosen_where_there_is_no_display_and_nobody_chose_otherwise(given, chosen, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "MUJOCO_GL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    choose_backend()
    assert os.environ.get("MUJOCO_GL") == chosen
    os.environ.pop("MUJOCO_GL", None)


@pytest.mark.parametrize(("error", "reason"), [(AttributeError("no EGL\nat all"), "no EGL"), (KeyError(), "KeyError")])
def test_whatever_keeps_mujoco_from_rendering_is_one_line_with_what_to_install(error, reason):
    with pytest.raises(PolicyError, match=rf"cannot render here \({reason}\); install EGL"), rendering():
        raise error


@pytest.mark.parametrize("error", [PolicyError("no policy"), OSError("disk full")])
def test_other_errors_pass_as_they_are(error):
    with pytest.raises(type(error)) as raised, rendering():
        raise error
    assert raised.value is error
