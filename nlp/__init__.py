"""Understanding text: pure functions, no database, no network."""
