"""What the environment says of a provider of identities (OpenID Connect); nothing of it means that people have passwords here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo

from catalog_app.settings_kinds import CommaSeparated

RoleName = Literal["viewer", "editor", "approver", "admin"]
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def _checked_issuer(issuer: str) -> str:
    parts = urlsplit(issuer)
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_here) or parts.query or parts.fragment or "@" in issuer:
        raise ValueError("it must be the https address that the provider gives as its issuer, character by character")
    return issuer


def _paired(value: object) -> object:
    """Split `group=role,other=role`; the group may hold a =, so the last one counts."""
    if not isinstance(value, str):
        return value
    pairs = [part.rpartition("=") for part in value.split(",") if part.strip()]
    if not all(group.strip() and role.strip() for group, _, role in pairs):
        raise ValueError("write what the claim says and the role, such as `catalogue-admins=admin,staff=viewer`")
    return {group.strip(): role.strip() for group, _, role in pairs}


def _checked_scopes(scopes: str) -> str:
    if "openid" not in scopes.split():
        raise ValueError("it must name openid, or the provider says nothing of who somebody is")
    return scopes


def _readable(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


class OidcSettings(BaseModel):
    """The provider, who we are to it, and how what it says of a person becomes a role here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Annotated[str, AfterValidator(_checked_issuer)]
    client_id: str = Field(min_length=1, max_length=255)
    client_secret: SecretStr = Field(min_length=8)
    # What the claim says, and the role that it gives; of several the highest counts.
    roles: Annotated[Mapping[str, RoleName], BeforeValidator(_paired)] = Field(min_length=1)
    role_claim: str = Field(default="roles", min_length=1, max_length=200)
    scopes: Annotated[str, AfterValidator(_checked_scopes)] = "openid email profile"
    label: str = Field(default="", max_length=40)
    # Only where the addresses are set by the directory and nobody can write their own.
    trust_email: bool = False
    acr: CommaSeparated = ()
    # The certificate of a private authority; a name that ended in _FILE would be taken for a secret's.
    ca_bundle: Annotated[Path, AfterValidator(_readable)] | None = None


def _has_a_way_back(oidc: OidcSettings | None, info: ValidationInfo) -> OidcSettings | None:
    if oidc is not None and not info.data.get("public_base_url"):
        raise ValueError("it needs CATALOG_PUBLIC_BASE_URL, to which the provider sends people back")
    return oidc


def _leaves_a_way_in(password_login: bool, info: ValidationInfo) -> bool:  # noqa: FBT001  # pydantic passes it
    if not password_login and info.data.get("oidc") is None:
        raise ValueError("without CATALOG_OIDC_ISSUER and what belongs to it nobody could sign in")
    return password_login


ReadableFile = Annotated[Path, AfterValidator(_readable)]
OptionalOidc = Annotated[OidcSettings | None, AfterValidator(_has_a_way_back)]
PasswordLogin = Annotated[bool, AfterValidator(_leaves_a_way_in)]
