"""Pages of campaigns; each module is one page or one family of small actions."""
