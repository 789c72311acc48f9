"""The demo: Yongxing County with its staff, its talks and one plan, made by the services and the dialogue."""
