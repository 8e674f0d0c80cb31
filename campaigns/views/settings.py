"""Settings of sending: who writes, when, how fast; and which provider carries each channel."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.audit import record
from accounts.models import User
from accounts.roles import Capability
from campaigns.channels import provider_for
from campaigns.forms import SendingSettingsForm
from campaigns.models import SendingSettings
from customers.models import Channel


@requires(Capability.MANAGE_SETTINGS)
@require_http_methods(["GET", "POST"])
def sending(request: HttpRequest) -> HttpResponse:
    """Show and change the sending settings; each change leaves a trace."""
    form = SendingSettingsForm(request.POST or None, instance=SendingSettings.load())
    if request.method == "POST" and form.is_valid():
        form.save()
        assert isinstance(request.user, User)
        record(request.user, "sending.settings_changed", fields=sorted(form.changed_data))
        messages.success(request, _("Kept. It applies from the next message."))
        return redirect("campaigns:sending_settings")
    providers = [(channel, provider_for(channel)) for channel in Channel]
    context = {"form": form, "providers": providers}
    status = 422 if form.errors else 200
    return render(request, "campaigns/settings.html", context, status=status)
