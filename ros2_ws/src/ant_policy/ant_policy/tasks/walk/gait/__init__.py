"""Networks with fixed gait units and a learned readout."""
