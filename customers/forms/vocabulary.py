"""The form of a tag's name."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TagForm(forms.Form):
    """The name of a tag."""

    name = forms.CharField(label=_("Name of the tag"), max_length=60)
