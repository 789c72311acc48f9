"""Hot topics: messages in time order, each put once into the group that speaks of the same event at the same place."""
