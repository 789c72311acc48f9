"""The residents' page behind a stairwell's code: one box, one answer, without sign-in."""
