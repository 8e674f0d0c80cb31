"""What connected shops send by themselves: verified, understood by product, written.

Each product's module turns its own payloads into the items of `customers.ingestion`, so a shop's
order goes the way every order goes.
"""
