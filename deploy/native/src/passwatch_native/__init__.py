"""Runs Passwatch as plain processes on one machine: the same engines and services, without a container engine."""
