"""Every sentence the bot can say."""
