"""Sign-up forms: what they ask, what was answered, and how a word becomes consent.

asked → receiving → sending → confirming → arriving; expiry empties what nobody confirmed.
"""
