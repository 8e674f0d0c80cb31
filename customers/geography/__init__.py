"""Where postcodes and communes are: department, region, coordinates, kind of area; all offline.

`names` makes one spelling of the many of a commune, `france` answers for an address, `distances`
for two points, and `making` is how the tables in `data/` were made. What they cover, and from
which sources, is in data/README.md.
"""
