"""The auth part of a preset: the details of each kind in which such a system wants to know who asks."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from .rules import Path, Rule


class ApiKeyRules(Rule):
    place: Literal["header", "query"] = "header"
    name: str = "X-API-Key"


class BasicRules(Rule):
    """`headers` sends further secrets along: {header name = name of the secret}.

    Some systems take a key for the user name and want no password.
    """

    headers: dict[str, Literal["api_key", "api_secret"]] = Field(default_factory=dict)
    has_password: bool = True


class JwtLoginRules(Rule):
    login: str
    refresh: str | None = None
    prefix: Literal["JWT", "Bearer"] = "Bearer"


class OAuth2Rules(Rule):
    """Where the token is asked for, and whether the client's secret goes in the form or as basic credentials."""

    token: str
    client_auth: Literal["body", "basic"] = "body"
    scope: str | None = None
    params: dict[str, str] = Field(default_factory=dict)


class SessionLoginRules(Rule):
    """A login whose answer gives a cookie, or a token in its body or in a header."""

    login: str
    encoding: Literal["json", "form"] = "json"
    username: str = "username"
    password: str = "password"  # noqa: S105  # the name of the field, not a password
    cookie: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] | None = None
    token: Path | None = None
    token_header: str | None = None
    header: str = "Authorization"
    prefix: str = ""

    @model_validator(mode="after")
    def _takes_one_thing(self) -> Self:
        if sum(place is not None for place in (self.cookie, self.token, self.token_header)) != 1:
            raise ValueError("needs either a cookie, a token or a token_header")
        return self


class AuthRules(Rule):
    """The auth kind of such a system unless it is set to another one, and the details of each kind."""

    kind: str = "none"
    api_key: ApiKeyRules = ApiKeyRules()
    basic: BasicRules = BasicRules()
    jwt_login: JwtLoginRules | None = None
    oauth2_client_credentials: OAuth2Rules | None = None
    session_login: SessionLoginRules | None = None
