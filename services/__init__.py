"""The use cases: one function each, session first, time as an argument."""
