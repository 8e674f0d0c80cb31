"""Spreadsheets on their way in: reading files as they are, matching columns, importing lines.

Reading path: `reading` (a file becomes a header and lines of cells) → `fields` and `mapping` (what
each column means) → `lines` (cells become values) → `people` (who a line is about) →
`customer_lines` and `order_lines` (what a batch of lines changes) → `engine` (batch after batch).
"""
