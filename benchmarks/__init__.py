"""Speed of the project as figures against targets: `make bench`, or `python -m benchmarks [NAME ...]`."""
