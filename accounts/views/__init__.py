"""Views of the team, of one's own account, and of the demo's one-click sign-in."""
