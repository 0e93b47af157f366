from importlib.metadata import version

from ant_policy.training.compat import VERSIONS


def test_private_interfaces_were_checked_with_the_installed_versions():
    """Another version fails here first: look at each interface of compat.py, then change the version there."""
    assert {library: version(library) for library in VERSIONS} == VERSIONS
