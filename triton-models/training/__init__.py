"""Trains the served models, exports them to ONNX and writes what Triton needs to serve them."""
