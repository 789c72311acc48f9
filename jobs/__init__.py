"""What runs by the clock: the only room that knows APScheduler."""
