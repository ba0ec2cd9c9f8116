"""Who the customers are and what happens to them. Plain Python, drawn from one seed."""
