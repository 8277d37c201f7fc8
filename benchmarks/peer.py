"""The peer: the same reads of the same database, written the usual way with Django REST framework.

A program of its own, served by gunicorn. It checks tokens, filters, counts and pages as its framework does it; nothing
in it is slower than it has to be, and nothing is kept ready. Only what a read needs is declared: it writes nothing.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final, cast
from urllib.parse import parse_qs, unquote, urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

DATABASE_URL: Final = "PEER_DATABASE_URL"
_SCALE: Final = 10**4


def _database() -> dict[str, Any]:
    url = os.environ[DATABASE_URL]
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # A socket's folder stands among the parameters.
        "HOST": parts.hostname or parse_qs(parts.query).get("host", [""])[0],
        "PORT": parts.port or "",
        "CONN_MAX_AGE": None,
    }


settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"CONN_MAX_AGE": None, **_database()}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"],
    REST_FRAMEWORK={
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "PAGE_SIZE": 50,
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="a secret of the benchmark, long enough",  # noqa: S106  # it protects nothing
    TIME_ZONE="UTC",
    USE_TZ=True,
)
django.setup()

# Django reads its settings while these are imported.
from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.db import models  # noqa: E402
from django.db.models import Count, F, Q, QuerySet  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.exceptions import AuthenticationFailed  # noqa: E402
from rest_framework.generics import ListAPIView, RetrieveAPIView  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.serializers import ModelSerializer, SerializerMethodField  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class AmountField(models.DecimalField):  # type: ignore[misc, type-arg, unused-ignore]  # Django is not there to be checked
    """An amount: a Decimal on PostgreSQL, the number of ten-thousandths on SQLite."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "max_digits": 14, "decimal_places": 4, "null": True})

    def from_db_value(self, value: Any, _expression: object, connection: Any) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value) / _SCALE if connection.vendor == "sqlite" else Decimal(value)

    def get_converters_of_column(self) -> list[Callable[..., Any]]:
        return [self.from_db_value]

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002, ARG002
        return int(Decimal(value) * _SCALE) if value is not None and connection.vendor == "sqlite" else value


_TEXTS: Final = (
    "external_system", "external_product_id", "name", "short_name", "description", "product_type", "payment_mode", "category",
    "currency", "billing_cycle", "lifecycle_status", "status_reason", "sync_frequency", "sync_state", "created_by", "updated_by",
)  # fmt: skip
_MOMENTS: Final = (
    "valid_from", "valid_to", "last_synced", "source_updated_at", "missing_since", "created_at", "updated_at",
)  # fmt: skip
_JSONS: Final = (
    "translations", "prices", "features", "attributes", "members", "relations", "target_segments", "exclude_segments",
    "eligibility_rule", "channels", "field_locks",
)  # fmt: skip
_NUMBERS: Final = ("lever_weight", "points_price", "quota_total", "quota_left", "max_per_customer", "cooldown_days")
_AMOUNTS: Final = ("price", "tax_rate", "min_customer_value", "max_customer_value", "business_value")


def _columns() -> dict[str, Any]:
    columns: dict[str, Any] = {name: models.TextField(null=True) for name in _TEXTS}
    columns |= {name: models.DateTimeField(null=True) for name in (*_MOMENTS, "deleted_at")}
    columns |= {name: models.JSONField(null=True) for name in _JSONS}
    columns |= {name: models.IntegerField(null=True) for name in _NUMBERS}
    columns |= {name: AmountField() for name in _AMOUNTS}
    columns |= {name: models.BooleanField() for name in ("recurring", "tax_included", "is_available")}
    return {**columns, "id": models.AutoField(primary_key=True), "version": models.IntegerField()}


_meta = type("Meta", (), {"managed": False, "db_table": "product", "app_label": "peer"})
Product: Any = type("Product", (models.Model,), {"__module__": __name__, "Meta": _meta, **_columns()})
_token_meta = type("Meta", (), {"managed": False, "db_table": "api_token", "app_label": "peer"})
ApiToken: Any = type(
    "ApiToken",
    (models.Model,),
    {
        "__module__": __name__,
        "Meta": _token_meta,
        "id": models.AutoField(primary_key=True),
        "secret_hash": models.TextField(),
        "revoked_at": models.DateTimeField(null=True),
    },
)


class TokenAuthentication(BaseAuthentication):  # type: ignore[misc, unused-ignore]
    """A bearer token that is known and not revoked."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        token = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        known = ApiToken.objects.filter(secret_hash=sha256(token.encode()).hexdigest(), revoked_at=None).first()
        if known is None:
            raise AuthenticationFailed
        return AnonymousUser(), known


class ProductSerializer(ModelSerializer):  # type: ignore[misc, type-arg, unused-ignore]
    """A product with all its fields, and whether it is on sale now."""

    is_active = SerializerMethodField()
    available_now = SerializerMethodField()

    class Meta:
        model = Product
        fields = ("id", *_TEXTS, *_AMOUNTS, "recurring", "tax_included", "is_available", *_JSONS, *_NUMBERS, *_MOMENTS,
                  "version", "is_active", "available_now")  # fmt: skip

    def get_is_active(self, product: Any) -> bool:
        return cast("bool", product.lifecycle_status == "launched")

    def get_available_now(self, product: Any) -> bool:
        now = datetime.now(UTC)
        in_window = (product.valid_from is None or product.valid_from <= now) and (
            product.valid_to is None or now < product.valid_to
        )
        is_left = product.quota_left is None or product.quota_left > 0
        on_sale = self.get_is_active(product) and product.is_available and product.missing_since is None
        return bool(on_sale and in_window and is_left)


class _Guarded(APIView):  # type: ignore[misc, unused-ignore]
    authentication_classes = (TokenAuthentication,)


class Listing(_Guarded, ListAPIView):  # type: ignore[misc, type-arg, unused-ignore]
    """The products of a type and a status."""

    serializer_class = ProductSerializer

    def get_queryset(self) -> "QuerySet[Any]":
        found = Product.objects.filter(deleted_at=None).order_by("id")
        asked = self.request.query_params
        return found.filter(**{name: asked[name] for name in ("product_type", "lifecycle_status") if name in asked})


class Available(Listing):
    """The products on sale now for a customer value, the most valuable first."""

    def get_queryset(self) -> "QuerySet[Any]":
        now, value = datetime.now(UTC), Decimal(self.request.query_params["customer_value"])
        on_sale = (
            Q(lifecycle_status="launched", is_available=True, missing_since=None)
            & (Q(valid_from=None) | Q(valid_from__lte=now))
            & (Q(valid_to=None) | Q(valid_to__gt=now))
            & (Q(quota_left=None) | Q(quota_left__gt=0))
        )
        fits = (Q(min_customer_value=None) | Q(min_customer_value__lte=value)) & (
            Q(max_customer_value=None) | Q(max_customer_value__gte=value)
        )
        worth = F("business_value").desc(nulls_last=True)
        return super().get_queryset().filter(on_sale, fits).order_by(worth, "id")


class One(_Guarded, RetrieveAPIView):  # type: ignore[misc, type-arg, unused-ignore]
    """One product."""

    serializer_class = ProductSerializer
    queryset = Product.objects.filter(deleted_at=None)


class Stats(_Guarded):
    """The counts of the catalogue."""

    def get(self, _request: Request) -> Response:
        living = Product.objects.filter(deleted_at=None)
        counts = {
            name: {row[name]: row["n"] for row in living.values(name).annotate(n=Count("id"))}
            for name in ("product_type", "external_system", "lifecycle_status", "sync_state")
        }
        return Response({"total": living.count(), **counts})


def _alive(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"{}")


urlpatterns = [
    path("healthz", _alive),
    path("products/", Listing.as_view()),
    path("products/available/", Available.as_view()),
    path("products/stats/", Stats.as_view()),
    path("products/<int:pk>/", One.as_view()),
]
app = get_wsgi_application()
