"""What `check_driver` and `check_parity` look at."""
