"""HTTP: the only room that knows Flask."""
