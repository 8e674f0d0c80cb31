"""What a browser posts of a drawn rule."""

from __future__ import annotations

from segmentation.builder.drawing import Drawn


def posted_of(page: Drawn) -> dict[str, list[str]]:
    """What a browser would post of a page: what is hidden, typed and chosen."""
    fields: dict[str, list[str]] = {}
    for node in page.all():
        for name, value in node.hidden:
            fields[f"{node.place}.{name}"] = [value]
        for mode in node.modes:
            if mode.chosen:
                fields[f"{node.place}.mode"] = [mode.value]
        for control in node.every_control():
            chosen = [o.value for o in control.offered() if o.chosen]
            if control.kind in ("text", "number", "date"):
                chosen = [control.value]
            assert control.name not in fields, "two controls of one name"
            fields[control.name] = chosen
    return fields
