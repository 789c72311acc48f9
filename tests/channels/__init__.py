"""Channels against real local servers."""
