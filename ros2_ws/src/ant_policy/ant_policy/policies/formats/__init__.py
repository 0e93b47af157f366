"""Readers of policy files, which are untrusted input: .npz, .onnx and SB3's .zip."""
