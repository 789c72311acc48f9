"""The staff's pages: inbox, complaint, filing, alerts, calls, plan, notices, settings."""
