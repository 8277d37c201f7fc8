"""Why somebody was not signed in with their account elsewhere."""

from catalog_app.core.errors import CatalogError, Sentence


class SignInRefusedError(CatalogError):
    """The person reads `sentence`; `why` is for the log: our own words, and nothing that came with the request."""

    def __init__(self, sentence: Sentence, *, why: str) -> None:
        super().__init__(why)
        self.sentence = sentence
        self.why = why


class ProviderAwayError(SignInRefusedError):
    """The provider does not answer, or not in a way that can be used; the same may work in a while."""


def not_ours(why: str) -> SignInRefusedError:
    """Return the refusal of an answer that does not belong to a sign-in of this browser."""
    return SignInRefusedError(
        Sentence("This sign-in was not begun in this browser, or too long ago. Begin it again."), why=why
    )


def not_believed(why: str) -> SignInRefusedError:
    """Return the refusal of an answer that the provider may not have given, or not to us, or not for this sign-in."""
    return SignInRefusedError(
        Sentence("What the provider answered could not be verified, so nobody was signed in. Begin it again."), why=why
    )


def away(why: str) -> ProviderAwayError:
    """Return the refusal for want of an answer."""
    return ProviderAwayError(
        Sentence("The provider could not be reached or gave an unusable answer. Try again in a minute."), why=why
    )
