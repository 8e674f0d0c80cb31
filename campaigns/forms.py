"""Forms of a campaign: what it is, whom it reaches, what it says, when it goes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import drafting, sms
from campaigns.models import Campaign, CampaignSegment, SendingSettings
from customers.addresses import normalise_email, normalise_phone
from customers.consent import suppressed_hashes
from customers.fields import address_hash
from customers.models import Channel
from segmentation.models import Segment

# No law and no person wants a promotional SMS after this hour.
LATEST_SMS = dt.time(21, 30)


class DraftForm(forms.ModelForm[Campaign]):
    """A form of a campaign that keeps its own fields and leaves the state alone."""

    def save(self, commit: bool = True) -> Campaign:
        """Raises lifecycle.WrongState where the campaign was launched meanwhile."""
        if self.instance._state.adding:
            return super().save(commit)
        drafting.change(self.instance, **{name: self.cleaned_data[name] for name in self.fields})
        return self.instance


class CampaignForm(DraftForm):
    """What the campaign is: its name, its channel, and whether it promotes something."""

    class Meta:
        model = Campaign
        fields = ("name", "channel", "kind", "service_reason")
        widgets = {
            "channel": forms.RadioSelect,
            "kind": forms.RadioSelect,
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
        }
        help_texts = {
            "name": _("For the team; the people you write to never see it."),
            "service_reason": _("Asked for a service message only, and kept."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channel = self.fields["channel"]
        assert isinstance(channel, forms.ChoiceField)
        channel.choices = Channel.choices
        if self.instance.pk:
            # What was written for one channel does not fit the other.
            del self.fields["channel"]

    def clean(self) -> dict[str, Any]:
        """A service message needs no consent, so it must say why it is one."""
        cleaned = super().clean() or {}
        reason = (cleaned.get("service_reason") or "").strip()
        if cleaned.get("kind") == Campaign.Kind.SERVICE and not reason:
            self.add_error("service_reason", _("Say which order or account it is about."))
        return cleaned


class AudienceForm(forms.Form):
    """The segments reached and those left out."""

    included = forms.ModelMultipleChoiceField(
        label=_("Send to"),
        queryset=Segment.objects.none(),
        required=False,
        help_text=_("A person in several of them gets one message, counted for the first one."),
        widget=forms.SelectMultiple(attrs={"data-tom": True}),
    )
    excluded = forms.ModelMultipleChoiceField(
        label=_("Except"),
        queryset=Segment.objects.none(),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-tom": True}),
    )

    def __init__(self, campaign: Campaign, data: Any = None) -> None:
        targets = list(campaign.targets.all())
        initial = {
            "included": [target.segment_id for target in targets if not target.excluded],
            "excluded": [target.segment_id for target in targets if target.excluded],
        }
        super().__init__(data, initial=initial)
        self.campaign = campaign
        for name in ("included", "excluded"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)
            field.queryset = Segment.objects.filter(archived_at=None).order_by("priority", "name")

    def clean(self) -> dict[str, Any]:
        """A segment cannot be reached and left out at once."""
        cleaned = super().clean() or {}
        twice = set(cleaned.get("included") or []) & set(cleaned.get("excluded") or [])
        if twice:
            names = ", ".join(sorted(segment.name for segment in twice))
            self.add_error(
                "excluded", _("%(names)s is on both sides: keep one.") % {"names": names}
            )
        return cleaned

    def save(self) -> None:
        """Make the campaign's targets what was chosen. Raises lifecycle.WrongState."""
        wanted = {segment.pk: False for segment in self.cleaned_data["included"]}
        wanted |= {segment.pk: True for segment in self.cleaned_data["excluded"]}
        with drafting.held(self.campaign):
            self.campaign.targets.exclude(segment_id__in=wanted).delete()
            CampaignSegment.objects.bulk_create(
                [
                    CampaignSegment(campaign=self.campaign, segment_id=pk, excluded=excluded)
                    for pk, excluded in wanted.items()
                ],
                update_conflicts=True,
                unique_fields=["campaign", "segment"],
                update_fields=["excluded"],
            )


class ContentForm(DraftForm):
    """The words: an SMS's text, or an e-mail's subject and text."""

    class Meta:
        model = Campaign
        fields = ("subject", "body")
        widgets = {
            "subject": forms.TextInput(attrs={"autocomplete": "off", "data-merge": True}),
            "body": forms.Textarea(attrs={"rows": 9, "data-merge": True}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.channel == Channel.SMS:
            del self.fields["subject"]
            self.fields["body"].widget.attrs["rows"] = 5


class WhenForm(forms.Form):
    """Now, or on a day at an hour, in the shop's time zone."""

    mode = forms.ChoiceField(
        label=_("When"),
        choices=[("now", _("As soon as it is launched")), ("later", _("At a chosen time"))],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(
        label=_("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    hour = forms.TimeField(
        label=_("Hour"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    attribution_days = forms.IntegerField(
        label=_("Orders counted as its result, in days after the message"),
        min_value=1,
        max_value=60,
    )

    def __init__(self, campaign: Campaign, data: Any = None) -> None:
        at = campaign.scheduled_at and timezone.localtime(campaign.scheduled_at)
        initial = {
            "mode": "later" if at else "now",
            "day": at.date() if at else None,
            "hour": at.time() if at else None,
            "attribution_days": campaign.attribution_days,
        }
        super().__init__(data, initial=initial)
        self.campaign = campaign

    def clean(self) -> dict[str, Any]:
        """A chosen time is whole, and ahead."""
        cleaned = super().clean() or {}
        cleaned["at"] = None
        if cleaned.get("mode") != "later":
            return cleaned
        day, hour = cleaned.get("day"), cleaned.get("hour")
        if day is None and "day" not in self.errors:
            self.add_error("day", _("Choose the day."))
        if hour is None and "hour" not in self.errors:
            self.add_error("hour", _("Choose the hour."))
        if day and hour:
            at = timezone.make_aware(dt.datetime.combine(day, hour))
            if at <= timezone.now():
                self.add_error("hour", _("This time has passed: choose a later one."))
            cleaned["at"] = at
        return cleaned

    def save(self) -> None:
        """Keep the time and the attribution window. Raises lifecycle.WrongState."""
        drafting.change(
            self.campaign,
            scheduled_at=self.cleaned_data["at"],
            attribution_days=self.cleaned_data["attribution_days"],
        )


class TestMessageForm(forms.Form):
    """Where to send a test of the message."""

    recipient = forms.CharField(
        label=_("Send a test to"),
        max_length=254,
        error_messages={"required": _("Give the address or number to send the test to.")},
    )

    def __init__(self, campaign: Campaign, data: Any = None, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        by_email = campaign.channel == Channel.EMAIL
        kind = forms.EmailInput if by_email else forms.TextInput
        attrs = {"autocomplete": "email" if by_email else "tel"}
        self.fields["recipient"].widget = kind(attrs=attrs)
        self.campaign = campaign

    def clean_recipient(self) -> str:
        """The address as channels take it; one that was refused gets no test either."""
        by_email = self.campaign.channel == Channel.EMAIL
        typed: str = self.cleaned_data["recipient"]
        address = normalise_email(typed) if by_email else normalise_phone(typed)
        if suppressed_hashes(self.campaign.channel, [address_hash(address)]):
            message = _(
                "%(address)s must not be written to: the person refused, or it does not exist."
            )
            raise forms.ValidationError(message, params={"address": typed})
        return address


class SendingSettingsForm(forms.ModelForm[SendingSettings]):
    """Who writes, how fast, when, and when to stop by itself."""

    class Meta:
        model = SendingSettings
        fields = (
            "sender_name",
            "sender_email",
            "sms_sender",
            "sms_opens",
            "sms_closes",
            "sms_on_sunday",
            "sms_rate",
            "email_rate",
            "failure_stop_percent",
            "sms_price",
        )
        localized_fields = ("sms_price",)
        widgets = {
            "sms_opens": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "sms_closes": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }
        help_texts = {
            "sms_sender": _("3 to 11 letters or digits, not digits only."),
            "sms_closes": _("Never later than 21:30."),
            "sms_on_sunday": _("Promotional SMS on Sundays are forbidden in France by default."),
            "sms_price": _("What your provider charges for one segment, before tax."),
            "failure_stop_percent": _("Of the last messages tried; the campaign says why."),
        }

    def clean_sms_sender(self) -> str:
        """A sender name networks accept, or none."""
        sender: str = self.cleaned_data["sms_sender"].strip()
        problem = sms.sender_problem(sender) if sender else None
        if problem:
            raise forms.ValidationError(problem)
        return sender

    def clean(self) -> dict[str, Any]:
        """A window that opens before it closes, and closes early enough."""
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("sms_opens"), cleaned.get("sms_closes")
        if closes and closes > LATEST_SMS:
            self.add_error("sms_closes", _("Promotional SMS stop at 21:30 at the latest."))
        if opens and closes and opens >= closes:
            self.add_error("sms_closes", _("The end must come after the beginning."))
        return cleaned
