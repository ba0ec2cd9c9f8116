"""The pieces pages are built from, one noun a file; templatetags/ui.py gives each its tag. docs/ui.md shows them."""
