"""The dialogue: one for every channel, its memory in a row of the database."""
