"""Talking with residents: one dialogue for every channel."""
