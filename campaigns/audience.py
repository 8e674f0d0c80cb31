"""Who a campaign reaches: chosen once at launch, and shown before it as it would be chosen.

Invariants: the segments' rules are evaluated in one statement on one version of the snapshot (never
the stored membership; static segments by their list): included minus excluded, each person under
the included segment of the highest priority. `preview` judges by the same rules as preparation.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from sqlglot import exp

from campaigns import content, eligibility, tracking
from campaigns.models import Campaign, Message, SendingSettings
from customers.legal_bases import young_since
from customers.models import Channel, Customer, Suppression
from segmentation import answers, engine, snapshot
from segmentation.rules import SegmentRef

Reason = Message.Reason
# Texts are merged for this many people; beyond, the number of SMS parts is an estimate.
_RENDERED: Final = 300
_COLUMNS: Final = {
    Channel.EMAIL.value: ("has_email", "email_suppressed", "email_allowed", "email_key"),
    Channel.SMS.value: ("has_mobile", "sms_suppressed", "sms_allowed", "phone_key"),
}


@dataclass
class SegmentFigures:
    """A segment of record's share of the audience."""

    segment_id: int
    name: str
    chosen: int = 0
    queued: int = 0


@dataclass(frozen=True)
class AudienceFigures:
    """The numbers of the check page: chosen = queued + everyone left out, by reason."""

    chosen: int
    queued: int
    left_out: dict[str, int]
    segments: list[SegmentFigures]
    parts: int
    parts_exact: bool
    price: Decimal
    as_of: dt.datetime | None


def freeze(campaign: Campaign) -> list[tuple[int, int]]:
    """Everyone chosen with their segment of record, on a snapshot that tells all facts.

    Raises what the sync or the evaluation of a rule raises.
    """
    snapshot.sync()
    assert campaign.launched_at is not None
    with engine.asking(campaign.launched_at) as asked:
        chosen = _chosen(asked, campaign)
        found = asked.rows(asked.compiler.finish(chosen)) if chosen is not None else []
    return [(row[0], row[1]) for row in found]


def preview(campaign: Campaign) -> AudienceFigures:
    """The audience as it would be chosen now, from the current snapshot.

    Raises snapshot.NoSnapshot where there is none, and RuleError for a rule that cannot be read.
    """
    now = timezone.now()
    with snapshot.cursor():
        as_of = snapshot.meta().built_at
        rows = _ask(campaign, now, ("segment", "reason", "count(*)"), ("segment", "reason"))
        some = _queued(campaign, now, _RENDERED) if campaign.channel == Channel.SMS else []
    figures = {pk: SegmentFigures(pk, name) for pk, name in _included(campaign)}
    left_out: dict[str, int] = {}
    for segment, reason, number in rows:
        figures[segment].chosen += number
        if reason:
            left_out[reason] = left_out.get(reason, 0) + number
        else:
            figures[segment].queued += number
    queued = sum(each.queued for each in figures.values())
    parts = _parts(campaign, some, queued)
    return AudienceFigures(
        chosen=sum(each.chosen for each in figures.values()),
        queued=queued,
        left_out={reason: left_out[reason] for reason in Reason.values if reason in left_out},
        segments=list(figures.values()),
        parts=parts,
        parts_exact=queued <= len(some),
        price=parts * SendingSettings.load().sms_price,
        as_of=as_of,
    )


def sample(campaign: Campaign, n: int = 5) -> list[Customer]:
    """Some people who would be queued, the same ones each time it is asked."""
    ids = _queued(campaign, timezone.now(), n)
    found = Customer.objects.in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def explain(error: Exception) -> str:
    """Why an audience could not be prepared, for the marketer."""
    if isinstance(error, content.ContentError):
        return str(error)
    reason = answers.explain(error)
    return _("The audience could not be prepared: %(reason)s") % {"reason": reason}


def _included(campaign: Campaign) -> list[tuple[int, str]]:
    """The segments reached, the highest priority first."""
    targets = campaign.targets.filter(excluded=False).order_by("segment__priority", "segment__name")
    return list(targets.values_list("segment_id", "segment__name"))


def _chosen(asked: engine.Asking, campaign: Campaign) -> exp.Select | None:
    """A row for each person chosen: id, segment of record, and what eligibility looks at."""
    included = [pk for pk, _name in _included(campaign)]
    excluded = list(campaign.targets.filter(excluded=True).values_list("segment_id", flat=True))
    if not included:
        return None
    nodes = {f"in_{pk}": SegmentRef(pk) for pk in included}
    nodes |= {f"out_{pk}": SegmentRef(pk) for pk in excluded}
    has, suppressed, allowed, key = _COLUMNS[campaign.channel]
    flags = asked.compiler.flags(nodes, also=("id", "birth_date", has, suppressed, allowed, key))
    of_record = exp.Case(
        ifs=[
            exp.If(this=exp.column(f"in_{pk}", quoted=True), true=exp.Literal.number(pk))
            for pk in included
        ]
    )
    any_of = exp.or_(*(exp.column(f"in_{pk}", quoted=True) for pk in included))
    none_of = [exp.not_(exp.column(f"out_{pk}", quoted=True)) for pk in excluded]
    return (
        exp.select(
            exp.column("id"),
            exp.alias_(of_record, "segment"),
            exp.alias_(exp.column(has), "has"),
            exp.alias_(_suppressed(campaign, suppressed), "suppressed"),
            exp.alias_(exp.column(allowed), "allowed"),
            exp.alias_(exp.column(key), "address"),
            exp.column("birth_date"),
        )
        .from_(exp.Subquery(this=flags, alias=exp.TableAlias(this=exp.to_identifier("people"))))
        .where(any_of, *none_of)
    )


def _suppressed(campaign: Campaign, column: str) -> exp.Expr:
    """Whether the address must not be written to; a service message heeds fewer reasons."""
    if campaign.kind == Campaign.Kind.PROMOTIONAL:
        return exp.column(column)
    hashes = Suppression.objects.filter(
        channel=campaign.channel, reason__in=eligibility.blocking_suppressions(campaign)
    ).values("address_hash")
    name = "email_hash" if campaign.channel == Channel.EMAIL else "phone_hash"
    heeded = Customer.objects.filter(**{f"{name}__in": hashes}).values_list("pk", flat=True)
    ids = [exp.Literal.number(pk) for pk in heeded]
    return exp.In(this=exp.column("id"), expressions=ids) if ids else exp.false()


def _judged(chosen: exp.Select, campaign: Campaign, now: dt.datetime) -> exp.Select:
    """Each person chosen with the first reason that keeps them out, '' for none."""
    young = f"birth_date > DATE '{young_since(timezone.localtime(now).date())}'"
    needs_consent = campaign.kind == Campaign.Kind.PROMOTIONAL
    refused = "NOT allowed" if needs_consent else "FALSE"
    first = f"""CASE WHEN NOT has THEN '{Reason.NO_ADDRESS}'
      WHEN suppressed THEN '{Reason.SUPPRESSED}'
      WHEN {refused} AND {young} THEN '{Reason.TOO_YOUNG}'
      WHEN {refused} THEN '{Reason.NO_CONSENT}'
      ELSE '' END AS reason"""
    alone = exp.select("id", "segment", "address", first).from_(chosen.subquery("chosen"))
    nth = "row_number() OVER (PARTITION BY reason, address ORDER BY id) AS nth"
    counted = exp.select("id", "segment", "reason", nth).from_(alone.subquery("alone"))
    again = f"CASE WHEN reason = '' AND nth > 1 THEN '{Reason.ADDRESS_TAKEN}' ELSE reason END"
    return exp.select("id", "segment", f"{again} AS reason").from_(counted.subquery("counted"))


def _ask(
    campaign: Campaign,
    now: dt.datetime,
    shown: tuple[str, ...],
    group: tuple[str, ...] = (),
    limit: int = 0,
) -> list[tuple[Any, ...]]:
    """Ask the judged audience: grouped, or `limit` of those who would be queued."""
    with engine.asking(now) as asked:
        chosen = _chosen(asked, campaign)
        if chosen is None:
            return []
        statement = exp.select(*shown).from_(_judged(chosen, campaign, now).subquery("judged"))
        if group:
            statement = statement.group_by(*group)
        if limit:
            statement = statement.where("reason = ''").order_by("hash(id)", "id").limit(limit)
        return asked.rows(asked.compiler.finish(statement))


def _queued(campaign: Campaign, now: dt.datetime, limit: int) -> list[int]:
    return [row[0] for row in _ask(campaign, now, ("id",), limit=limit)]


def _parts(campaign: Campaign, some: list[int], queued: int) -> int:
    """The SMS parts of everyone queued, from those of some of them; 0 for e-mail."""
    if not some or content.validate(campaign):
        return 0
    compiled = content.compiled(campaign)
    # Addresses as long as the real ones will be.
    links = [tracking.link_url(campaign.pk, 10**3, 10**4, 10**6) for _link in compiled.links]
    counted = 0
    for customer in Customer.objects.in_bulk(some).values():
        try:
            counted += compiled.render(customer, links).parts
        except content.ContentError:
            continue
    return round(counted * queued / len(some))
