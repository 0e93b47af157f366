"""Checks behind `check_driver` and `check_parity`."""
