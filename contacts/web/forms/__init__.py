"""Forms of the pages, one noun a file. They check what was typed; operations write."""
