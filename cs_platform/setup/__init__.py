"""The first minutes of an installation: its one-time code, its first admin, organisation and sender."""
