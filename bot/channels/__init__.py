"""Channels: each only translates its wire format to Inbound and Outbound back."""
