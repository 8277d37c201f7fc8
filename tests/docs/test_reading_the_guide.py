"""What compares the guide with the answers: it must see what is wrong, or the guide proves nothing."""

import pytest

from tests.docs.guide import CAMPAIGN_GUIDE, GUIDES, differences, examples, shape


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ('{"id": 1}', {"id": 1, "name": "more"}),
        ('{"id": 1, "name": "x", ...}', {"id": 1}),
        ('{"id": 1}', {"id": "1"}),
        ('{"price": "35.00"}', {"price": "35.0"}),
        ('{"results": [{"id": 1}]}', {"results": [{"id": 1}, {"id": 2}]}),
        ('{"results": [{"id": 1}, ...]}', {"results": []}),
        ('{"errors": [{"pointer": "/name", ...}]}', {"errors": [{"pointer": "/price", "code": "missing"}]}),
        ('{"owner": null}', {"owner": "me"}),
    ],
)
def test_an_answer_of_another_shape_is_seen(shown: str, given: object) -> None:
    assert list(differences(shape(shown), given))


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ('{"id": 1, ...}', {"id": 7, "name": "more"}),
        (
            '{"results": [{"id": 1, ...}, ...], "next": "http://...&x=..."}',
            {"results": [{"id": 2, "b": []}, {}], "next": ""},
        ),
        ('{"a": {"b": [...], ...}, ..., "c": 1}', {"a": {"b": [1], "d": 2}, "e": 3, "c": 4}),
    ],
)
def test_what_was_left_out_on_the_page_may_be_anything(shown: str, given: object) -> None:
    assert list(differences(shape(shown), given)) == []


def test_every_command_of_the_page_is_found() -> None:
    assert len(list(examples())) >= 44
    assert len(list(examples(CAMPAIGN_GUIDE))) >= 20
    assert all(example.command.startswith("curl ") for guide in GUIDES for example in examples(guide))
