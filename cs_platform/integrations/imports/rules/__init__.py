"""How a file of rows is read: its encoding, its separator, its columns and its cells. No database."""
