"""The typed view of config.yaml and the environment."""

from settings.load import SettingsError, load_settings, unwritable
from settings.schema import Settings
from settings.secrets import Keys, load_keys, made_once, refuse_placeholders

__all__ = [
    "Keys",
    "Settings",
    "SettingsError",
    "load_keys",
    "load_settings",
    "made_once",
    "refuse_placeholders",
    "unwritable",
]
