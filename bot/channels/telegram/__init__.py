"""Telegram: transport, parser and sender; the only folder that knows python-telegram-bot."""
