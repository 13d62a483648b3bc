"""Forecasters behind one interface: on Triton, and in process by ONNX Runtime."""
