"""Ready-made segments: the questions of the users' guides, with this shop's own thresholds.

Read recipe, then shop (what is proposed from the data), then the recipes by theme, then showing.
"""

from __future__ import annotations

from typing import Final

from segmentation.gallery import life, messages, profile, purchases, visits
from segmentation.gallery.recipe import Advice, Recipe, Theme

__all__ = ["RECIPES", "Advice", "Recipe", "Theme", "by_key"]

RECIPES: Final[tuple[Recipe, ...]] = (
    *life.RECIPES,
    *purchases.RECIPES,
    *visits.RECIPES,
    *messages.RECIPES,
    *profile.RECIPES,
)


def by_key(key: str) -> Recipe | None:
    """The recipe of that key."""
    return next((recipe for recipe in RECIPES if recipe.key == key), None)
