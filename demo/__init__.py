"""The demo world: customers who never were, and programs that write to them."""
