"""A robot with the defects of real ones, in a process of its own behind `fake_driver`."""
