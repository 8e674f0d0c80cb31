"""The settings pages of tags, the words a team puts on people."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.roles import Capability
from accounts.signed_in import member_of
from accounts.templatetags.figures import number
from customers import tagging
from customers.forms.vocabulary import TagForm
from customers.models import Tag

TAGS = "customers:tags"


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def tags(request: HttpRequest) -> HttpResponseBase:
    """List the tags with how many people have each, and add one."""
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tag = tagging.tag_named(form.cleaned_data["name"])
        except tagging.TagNameError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The tag “%(tag)s” is ready.") % {"tag": tag.name})
            return redirect(TAGS)
    context = {"tags": tagging.with_numbers(), "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "customers/tags.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def tag_edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Rename a tag; where the name is another's, offer to merge the two."""
    tag = get_object_or_404(tagging.with_numbers(), pk=pk)
    form = TagForm(request.POST or None, initial={"name": tag.name})
    other: Tag | None = None
    if request.method == "POST" and form.is_valid():
        try:
            tagging.rename(tag, form.cleaned_data["name"])
        except tagging.TagTaken as taken:
            other = tagging.with_numbers().get(pk=taken.other.pk)
        except tagging.TagNameError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The tag is renamed."))
            return redirect(TAGS)
    context = {"tag": tag, "form": form, "other": other}
    status = 422 if form.is_bound else 200
    return render(request, "customers/tag_edit.html", context, status=status)


@require_POST
@requires(Capability.EDIT_CONTACTS)
def tag_merge(request: HttpRequest, pk: int, into: int) -> HttpResponseBase:
    """Merge a tag into another."""
    tag, kept = get_object_or_404(Tag, pk=pk), get_object_or_404(Tag, pk=into)
    if tag == kept:
        return redirect(TAGS)
    n = tagging.merge(tag, kept, by=member_of(request))
    said = ngettext(
        "The two tags are one: “%(tag)s”, with %(n)s person from the other.",
        "The two tags are one: “%(tag)s”, with %(n)s people from the other.",
        n,
    )
    messages.success(request, said % {"tag": kept.name, "n": number(n)})
    return redirect(TAGS)


@require_http_methods(["GET", "POST"])
@requires(Capability.EDIT_CONTACTS)
def tag_delete(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Delete a tag, after saying how many people have it."""
    tag = get_object_or_404(tagging.with_numbers(), pk=pk)
    if request.method == "POST":
        tagging.delete(tag, by=member_of(request))
        messages.success(request, _("The tag “%(tag)s” is deleted.") % {"tag": tag.name})
        return redirect(TAGS)
    return render(request, "customers/tag_delete.html", {"tag": tag})
