"""Telegram: reads with long polling, commits before it confirms, and sends what the outbox holds."""

from bot.channels.telegram.line import Telegram

__all__ = ["Telegram"]
