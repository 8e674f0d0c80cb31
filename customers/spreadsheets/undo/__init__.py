"""Taking an import back within 30 days: what it did and nobody touched since.

`running` sets the order and survives interruptions, `people`, `ledger` and `records` know how
each kind of record is taken back, `definitions` what becomes of the attributes it made,
`foresight` says beforehand what would happen.
"""
