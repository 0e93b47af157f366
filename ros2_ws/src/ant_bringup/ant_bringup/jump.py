"""The jumping Ant: `python -m ant_bringup.jump` or `make jump`. It is `ant_bringup.run`, with all its options."""

from ant_bringup.run import main

__all__ = ["main"]

if __name__ == "__main__":
    raise SystemExit(main())
