"""Other words by which the subject of a condition is looked for in the list of subjects.

Invariant: a key is what a condition is about (`field:…`, `rows:…`, one of KINDS); the words are
never shown, only searched, in the language of whoever searches.
"""

from __future__ import annotations

import json
from typing import Final

from django.utils.translation import pgettext_lazy

from segmentation.builder.words import Words

# Translators: in "search words", put whatever somebody may type who does not know the real label.
SYNONYMS: Final[Words] = {
    "field:gender": pgettext_lazy("search words", "sex women men female male"),
    "field:age": pgettext_lazy("search words", "years old young senior generation"),
    "field:birth_date": pgettext_lazy("search words", "birthday born anniversary"),
    "field:children": pgettext_lazy("search words", "family parents kids"),
    "field:marital_status": pgettext_lazy("search words", "family couple married single"),
    "field:income_band": pgettext_lazy("search words", "salary wealth"),
    "field:acquisition_source": pgettext_lazy("search words", "origin came from channel"),
    "field:interests": pgettext_lazy("search words", "tastes values ecology hobbies"),
    "field:tags": pgettext_lazy("search words", "labels marks"),
    "field:signed_up_at": pgettext_lazy("search words", "registered seniority new since account"),
    "field:area": pgettext_lazy("search words", "urban rural suburban town country"),
    "field:location": pgettext_lazy("search words", "shop store place near around km geography"),
    "field:reachable_email": pgettext_lazy("search words", "newsletter may be written to consent"),
    "field:reachable_sms": pgettext_lazy("search words", "text message may be written to consent"),
    "field:messages_last_30_days": pgettext_lazy("search words", "pressure too many sent"),
    "field:messages_last_7_days": pgettext_lazy("search words", "pressure too many sent"),
    "field:orders_count": pgettext_lazy("search words", "frequency purchases bought never loyal"),
    "field:total_spent": pgettext_lazy("search words", "revenue turnover money value best amount"),
    "field:average_basket": pgettext_lazy("search words", "average order cart amount"),
    "field:discount_share": pgettext_lazy("search words", "promotion sales bargain price"),
    "field:days_between_orders": pgettext_lazy("search words", "frequency rhythm"),
    "field:first_order_at": pgettext_lazy("search words", "new customer first purchase"),
    "field:last_order_at": pgettext_lazy(
        "search words", "inactive absent dormant recency last purchase"
    ),
    "field:expected_next_order_at": pgettext_lazy("search words", "due late forecast"),
    "field:favourite_category": pgettext_lazy("search words", "preferred product range"),
    "field:categories": pgettext_lazy("search words", "product range bought"),
    "field:purchase_rhythm": pgettext_lazy(
        "search words", "frequency weekly monthly dormant occasional"
    ),
    "field:lifecycle_stage": pgettext_lazy(
        "search words", "prospect new active loyal vip at risk lost inactive"
    ),
    "field:rfm_group": pgettext_lazy("search words", "recency frequency monetary champions"),
    "field:pmg": pgettext_lazy("search words", "pareto revenue value abc best"),
    "field:engagement_level": pgettext_lazy("search words", "active interest clicks visits"),
    "field:engagement_trend": pgettext_lazy("search words", "falling rising less active"),
    "field:revenue_rank_percent": pgettext_lazy("search words", "top best 20 % pareto value"),
    "rows:orders": pgettext_lazy(
        "search words", "orders purchases bought spent store web promo code"
    ),
    "rows:items": pgettext_lazy(
        "search words", "products purchases category brand article order line"
    ),
    "rows:events": pgettext_lazy(
        "search words", "visit page website cart abandoned viewed product search action"
    ),
    "rows:messages": pgettext_lazy("search words", "campaign sms email newsletter sent"),
    "rows:engagements": pgettext_lazy(
        "search words", "click open unsubscribe bounce reply campaign link"
    ),
    "trend": pgettext_lazy("search words", "trend evolution decrease increase less active"),
    "sequence": pgettext_lazy("search words", "then since abandoned cart funnel after"),
    "segment": pgettext_lazy("search words", "member group list exclude"),
    "entered": pgettext_lazy("search words", "joined became new in"),
    "left": pgettext_lazy("search words", "gone quit lost"),
    "sample": pgettext_lazy("search words", "random test share control group a/b"),
}


def as_json() -> str:
    """The words by subject, in the language in force."""
    return json.dumps({about: str(words) for about, words in SYNONYMS.items()}, ensure_ascii=False)
