"""Starts the rooms and wires them together."""
