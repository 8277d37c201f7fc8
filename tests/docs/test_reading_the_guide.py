"""What compares the guide with the answers: it must see what is wrong, or the guide proves nothing."""

from pathlib import Path

import pytest

from tests.docs.guide import CAMPAIGN_GUIDE, GUIDES, differences, examples, shape
from tests.docs.shell import Shell, Told


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


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("nobody-thought-of-this --help", "nobody-thought-of-this: command not found"),
        ("flask --app wsgi refuses", "line 3: flask --app wsgi refuses"),
        ("flask --app wsgi refuses | cat", "line 3: cat"),
        ("echo $NOBODY_SAID_IT", "NOBODY_SAID_IT: unbound variable"),
    ],
)
def test_a_command_that_does_not_work_is_seen_with_its_line(tmp_path: Path, wrong: str, says: str) -> None:
    shell = Shell(tmp_path, reported=("flask",), real=("cat",), answering=lambda asked: Told("refuses" in asked.words))

    done = shell.run(f"\nflask --app wsgi config check\n{wrong}\necho and on\n", {}, name="page")

    assert done.returncode != 0
    assert "line 3" in done.stdout
    assert says in done.stdout
    assert "and on" not in done.stdout
