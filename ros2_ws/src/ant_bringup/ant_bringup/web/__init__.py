"""The web page: any driver's robot in MuJoCo's web viewer, with its state in numbers and buttons beside it."""
