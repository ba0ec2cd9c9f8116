"""Files of rows: read, understood, checked, and taken in, with what became of each row."""
