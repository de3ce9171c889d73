"""The production server: a supervisor, the application's processes with an asyncio front, and what they share."""
