"""Pages of customers: each view fetches, checks a form, makes one domain call, renders."""
