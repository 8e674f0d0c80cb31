"""Forms of the pages of customers."""
