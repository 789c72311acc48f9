"""Building the shipped model from labelled messages; nothing at run time imports this package."""
