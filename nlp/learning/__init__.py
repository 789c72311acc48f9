"""Learns to tell classes of Chinese texts apart from labelled examples; knows nothing of this product."""
