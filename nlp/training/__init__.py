"""Builds the shipped linear model from the labelled messages and the lexicon; the only place that uses scikit-learn."""
