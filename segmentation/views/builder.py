"""The builder's page: the same form draws, changes and saves a rule, with and without scripts.

Invariant: only `save` writes to the database; every other button answers with the draft drawn
anew and where the keyboard goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from accounts.access import can, requires
from accounts.models import AuditEntry
from accounts.roles import Capability
from accounts.signed_in import member_of
from segmentation import (
    answers,
    clashes,
    drafts,
    editing,
    gallery,
    listing,
    plans,
    preview,
    tasks,
)
from segmentation.builder import actions, synonyms
from segmentation.builder.draft import Group, blank
from segmentation.builder.drawing import Drawn, draw
from segmentation.builder.form import from_fields
from segmentation.builder.history import STEPS, History
from segmentation.builder.reading import draft_of
from segmentation.builder.settling import settle
from segmentation.builder.writing import Written, write
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.describe import explain
from segmentation.forms import NamingForm
from segmentation.gallery import shop
from segmentation.gallery.recipe import Missing
from segmentation.models import Segment
from segmentation.rules import RuleError
from segmentation.views import exchange

Errors = dict[str, list[str]]
# Asks for a page that needs no script to fill its lists and menus.
WHOLE: Final = "entier"
# The menu of any node, from which scripts make that of each.
PATTERN: Final = Drawn("", 0, False, True, True, True, True, [])
# What saving may do: over the edition one has seen, knowingly over another's, or beside it.
SAVES = ("save", "save_over", "save_copy")


@requires(Capability.EDIT_SEGMENTS)
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new segment: blank, from a ready-made one, or as it was brought by a file."""
    segment = Segment()
    if request.GET.get("modele") == exchange.BROUGHT:
        exchange.fill(request, segment)
    recipe = gallery.by_key(request.GET.get("modele", ""))
    if recipe is not None:
        try:
            segment.rule = recipe.rule(shop.look())
        except Missing:
            return redirect("segmentation:new")
        segment.name, segment.recipe = editing.free_name(str(recipe.name)), recipe.key
    return _page(request, segment)


@requires(Capability.EDIT_SEGMENTS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Another rule, name or description for a dynamic segment."""
    segment = get_object_or_404(Segment, pk=pk)
    if segment.kind == Segment.Kind.STATIC:
        return redirect("segmentation:rename", pk=pk)
    return _page(request, segment)


def _page(request: HttpRequest, segment: Segment) -> HttpResponse:
    catalogue = load_catalogue()
    if request.method != "POST":
        return _opened(request, segment, catalogue)
    draft = from_fields(dict(request.POST.lists()))
    history = History.read(request.POST.get("history", ""))
    settle(draft, catalogue)
    history.changed(draft)
    command = request.POST.get("do", "")
    if command == "take_theirs":
        drafts.close(member_of(request), segment, request.POST.get("tab", ""))
        return _leave(request, reverse("segmentation:edit", args=[segment.pk]))
    if command in SAVES:
        return _save(request, segment, draft, catalogue, history)
    form = NamingForm(instance=segment, initial=_typed(request))
    verb, _colon, rest = command.partition(":")
    focus = rest if verb == "draw" else actions.apply(draft, command)
    if verb in STEPS:
        draft = history.step(verb) or draft
    return _drawn(request, segment, draft, catalogue, form, focus=focus, history=history)


def _opened(request: HttpRequest, segment: Segment, catalogue: Catalogue) -> HttpResponse:
    """The rule as it is stored, or the draft of this very page; other drafts are offered above."""
    stored = segment if segment.pk else None
    tab = request.GET.get("brouillon", "")
    begun = {each.tab: each for each in drafts.of(member_of(request), stored)}
    own = begun.pop(tab, None) if tab else None
    if own is None:
        draft = draft_of(segment.rule, catalogue) if segment.rule else blank()
        form = NamingForm(instance=segment, initial={"tab": drafts.new_tab()})
    else:
        draft, beside = own.read()
        edition = own.edition.isoformat() if own.edition else ""
        form = NamingForm(instance=segment, initial={**beside, "edition": edition})
    offered = [_offer(each, stored, catalogue) for each in begun.values()]
    return _drawn(request, segment, draft, catalogue, form, offered=offered)


def _offer(begun: drafts.Draft, stored: Segment | None, catalogue: Catalogue) -> dict[str, Any]:
    """What one had begun in another page, as it is told above this one."""
    draft, beside = begun.read()
    written = write(draft, catalogue)
    named = beside["name"]
    return {
        "tab": begun.tab,
        "at": begun.kept_at,
        "name": "" if stored and named == stored.name else named,
        "behind": stored is not None and begun.is_behind(stored),
        # Nothing but unfinished conditions is not yet about everyone.
        "sentence": answers.in_words(written.rule, catalogue) if written.nodes else "",
        "unfinished": len(written.unfinished) + len(written.wrong),
    }


def _typed(request: HttpRequest) -> dict[str, str]:
    """The name, description and edition on their way through a change of the rule."""
    return {name: request.POST.get(name, "") for name in ("name", "description", "edition", "tab")}


def _save(
    request: HttpRequest, segment: Segment, draft: Group, catalogue: Catalogue, history: History
) -> HttpResponse:
    form = NamingForm(request.POST, instance=segment)
    clashing = None
    written = write(draft, catalogue)
    errors: Errors = {place: [text] for place, text in written.unfinished.items()}
    errors |= written.wrong
    if not errors:
        errors = _problems(written, catalogue, segment)
    if form.is_valid() and not errors:
        try:
            saved = _store(request, segment, form, written.rule)
        except editing.NameTaken:
            form.add_error("name", _("Another segment already has this name."))
        except editing.Conflict:
            name = form.cleaned_data["name"]
            clashing = clashes.clash(segment.pk, name, written.rule, catalogue)
        except RuleError as refused:
            errors = _placed(refused, written)
        else:
            return _leave(request, reverse("segmentation:detail", args=[saved.pk]))
    return _drawn(
        request,
        segment,
        draft,
        catalogue,
        form,
        errors=errors,
        boxes=written.boxes,
        focus="clash" if clashing else "problems",
        history=history,
        clash=clashing,
    )


def _problems(written: Written, catalogue: Catalogue, segment: Segment) -> Errors:
    """What is wrong with the rule as a whole, at the condition it is wrong at."""
    try:
        answers.check(written.rule, catalogue, own=segment.pk)
    except RuleError as refused:
        return _placed(refused, written)
    return {}


def _placed(refused: RuleError, written: Written) -> Errors:
    errors: Errors = {}
    for problem in refused.problems:
        place = written.place_of(problem.path)
        errors.setdefault(place, []).append(explain(problem))
        written.boxes.setdefault(place, written.box_of(problem.path))
    return errors


def _store(
    request: HttpRequest, segment: Segment, form: NamingForm, rule: dict[str, Any]
) -> Segment:
    name, description = form.cleaned_data["name"], form.cleaned_data["description"]
    user, command = member_of(request), request.POST.get("do", "")
    draft_of_what = None if segment._state.adding else segment
    if segment._state.adding or command == "save_copy":
        if command == "save_copy":
            name = editing.free_name(_("%(name)s (copy)") % {"name": name})
        segment = editing.create(name, description, rule, user, recipe=segment.recipe)
        plans.propose(segment, user)
        messages.success(request, _("The segment is created; its members are being worked out."))
        action = "segment created"
    else:
        fresh = Segment.objects.get(pk=segment.pk)
        edition = form.cleaned_data["edition"] or fresh.updated_at
        if command == "save_over":
            # What was shown beside one's own; where that has changed again it is another clash.
            edition = drafts.instant(request.POST.get("over", "")) or edition
        editing.change(fresh, edition, name=name, description=description, rule=rule, by=user)
        segment = fresh
        messages.success(request, _("The segment is saved."))
        action = "segment changed"
    AuditEntry.objects.create(
        user=user, action=action, facts={"segment": segment.pk, "version": segment.version}
    )
    drafts.close(user, draft_of_what, request.POST.get("tab", ""))
    tasks.ask_for_refresh()
    return segment


def _leave(request: HttpRequest, url: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(url)
    return redirect(url)


def _drawn(
    request: HttpRequest,
    segment: Segment,
    draft: Group,
    catalogue: Catalogue,
    form: NamingForm,
    *,
    errors: Errors | None = None,
    boxes: dict[str, str] | None = None,
    focus: str = "",
    history: History | None = None,
    clash: clashes.Clash | None = None,
    offered: Sequence[dict[str, Any]] = (),
) -> HttpResponse:
    """The page, or only the rule and its figures where the page asks for them."""
    shown = can(request.user, Capability.SEE_CONTACTS)
    redrawn = bool(getattr(request, "htmx", False))
    # A step is answered at once, and the page asks for its figures; what is refused comes whole.
    later = redrawn and errors is None
    had = request.POST.get("had", "").split() if redrawn else ()
    drawn = draw(draft, catalogue, answers.segment_names(segment.pk), errors, boxes, had)
    if later:
        seen = preview.glance(draft, catalogue)
    else:
        nth = preview.nth(request.POST)
        seen = preview.look(draft, catalogue, saved=_saved(segment), people=shown, draw_of=nth)
    preview.put_counts(drawn, seen)
    stored = segment if segment.pk else None
    context: dict[str, Any] = {
        "segment": stored,
        "later": later,
        "form": form,
        "drawn": drawn,
        # In brief: lists with what is chosen alone, menus empty; scripts put the rest in.
        "lean": redrawn or (request.method == "GET" and WHOLE not in request.GET),
        "preview": seen,
        "base": seen.base,
        "problems": [] if errors is None else _summary(errors),
        "clash": clash,
        "recipe": segment.recipe,
        "opened": _since(request, form),
        "tab": request.POST.get("tab") or form.initial.get("tab", ""),
    }
    kept = request.method == "POST" and drafts.keep(
        member_of(request), stored, draft, drafts.beside(request.POST), catalogue
    )
    failed = bool(form.errors or errors or clash)
    if not redrawn:
        context["row"] = listing.rows([stored])[0] if stored else None
        context["others"] = drafts.others(stored, member_of(request)) if stored else []
        context["offered"] = offered
        context["menu"] = PATTERN
        context["whole"] = f"?{urlencode({**request.GET.dict(), WHOLE: 'oui'})}"
        context["history"] = history = history or History()
        context["also"] = synonyms.as_json()
        history.changed(draft)
        return render(request, "segmentation/builder.html", context, status=422 if failed else 200)
    response = render(request, "segmentation/_redrawn.html", context, status=422 if failed else 200)
    response["Tamis-Draft"] = "kept" if kept else "none"
    return trigger_client_event(
        response, "focusOn", {"name": focus, "count": later}, after="settle"
    )


def _since(request: HttpRequest, form: NamingForm) -> str:
    """Since when one has been at it, as the page carries it along."""
    opened = request.POST.get("opened") or form.initial.get("opened")
    return str(opened or timezone.now().isoformat())


def _saved(segment: Segment) -> dict[str, Any] | None:
    """The rule in force, to tell who would enter and leave; None for a new segment."""
    return segment.rule if segment.pk else None


def _summary(errors: Errors) -> list[str]:
    count = len(errors)
    whole = errors.get("r", [])
    if not count:
        return []
    if count == 1 and whole:
        return whole
    return [_("Some conditions need your attention: they are marked below.")]
