"""Messages as customers get them, from templates as campaign people write them."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from subprocess import run

import pytest

from catalog_app.campaigns.messages import rendering
from catalog_app.campaigns.messages.context import reader_of, shared_context, with_customer
from catalog_app.campaigns.messages.errors import TemplateError
from catalog_app.campaigns.messages.fallback import Chosen, message_for
from catalog_app.campaigns.messages.rendering import compiled
from catalog_app.products.customers import CustomerFeatures
from tests.campaigns.messages.said import MOCK, OFFER, Said, promised, rendered, text_of, values


def test_the_message_of_the_pictures_comes_out_as_it_is_drawn() -> None:
    message = rendered(MOCK, first_name="Sara")
    assert message.parts["body"] == (
        "Hi Sara, your line is ready for more: Flex Postpaid 60 GB with 60 GB and 1,000 minutes for SAR 119.00 a month "
        "until 31 Dec. Reply YES to 1820. Terms: tamra.sa/flex60"
    )
    assert message.sms is not None
    assert message.as_json()["segments"] == message.sms.segments == 2


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{{ customer.first_name | default: "there" }}', "there"),
        ("{% if customer.first_name %}Hi {{ customer.first_name }}{% else %}Hi{% endif %}", "Hi"),
        ("{% unless customer.is_new %}Welcome back{% endunless %}", "Welcome back"),
        ("{% case customer.tier %}{% when 'gold', 'silver' %}VIP{% else %}You{% endcase %}", "VIP"),
        (
            "{% for zone in customer.zones %}{{ forloop.index }} {{ zone }}{% unless forloop.last %}, {% endunless %}{% endfor %}",
            "1 EU, 2 US",
        ),
        ("{{ customer.zones }} / {{ customer.zones | join: '+' }} / {{ customer.zones.size }}", "EU, US / EU+US / 2"),
        ("{% assign saved = product.price | minus: config.price %}Save {{ saved | money }}", "Save SAR 30.00"),
        ("{{ 10 | divided_by: 4 }} {{ 0.1 | plus: 0.2 }} {{ 7 | modulo: 3 }} {{ 2.5 | round }}", "2.5 0.3 1 3"),
        (
            "{{ 1234567.891 | number }} {{ 1234.5 | number: 0 }} {{ 9.5 | money: 'USD' }}",
            "1,234,567.891 1,235 USD 9.50",
        ),
        (
            "{{ 'saRA' | capitalize }} {{ 'a b c' | truncatewords: 2 }} {{ 'abcdef' | truncate: 5 }}",
            "Sara a b... ab...",
        ),
        ("{{ 'a-b-c' | split: '-' | last | upcase }}{{ 'abc' | slice: 1, 2 }}{{ 'abc' | slice: -1 }}", "Cbcc"),
        ("{{ '2026-02-03T23:30:00Z' | date: '%A %d %B %Y, %I:%M %p %%' }}", "Wednesday 04 February 2026, 02:30 AM %"),
        ("{{ '2026-12-03' | date: '%dth %-m/%y%%' }}", "03th 12/26%"),
        ("a  {%- comment %}{{ broken | nonsense {% endcomment -%}  b{% # note %}", "ab"),
        ("{% raw %}{{ product.name }}{% endraw %}", "{{ product.name }}"),
        ("{% capture who %}{{ customer.tier }}{% endcapture %}{{ who | append: '!' }}", "gold!"),
        ("{{ campaign.name }} {{ campaign.language }} {{ campaign.today }}", "Year-end 60 GB en 2026-11-01"),
    ],
)
def test_templates_say_what_they_are_written_to_say(template: str, text: str) -> None:
    assert text_of(template, tier="gold", zones=["EU", "US"]) == text


@pytest.mark.parametrize(
    ("template", "line", "column", "message"),
    [
        ("Hi\n {{ product.nme }}", 2, 5, 'There is no value for "product.nme".'),
        ("{{ customer.first_name }}", 1, 4, 'There is no value for "customer.first_name".'),
        ("{{ customer.first_name | upcase }}", 1, 4, 'There is no value for "customer.first_name".'),
        ("a\nb {{ x ", 2, 3, 'This "{{" is not closed.'),
        ("a\n\n{% if true %}b", 3, 4, 'This "if" is not closed.'),
        ("{% endif %}", 1, 4, 'Nothing is open here that "endif" ends.'),
        ("a {{ product.name | upcse }}", 1, 21, 'There is no filter "upcse".'),
        ("{% fro x in y %}", 1, 4, 'There is no tag "fro".'),
        ("{{ }}", 1, 1, "Nothing stands between these braces."),
        ("{{ product.name | append }}", 1, 19, '"append" takes 1 to 1 values behind a colon.'),
        ("{% assign product = 1 %}", 1, 11, 'The name "product" is taken.'),
        ("{{ product }}", 1, 1, "This is a group of fields. Name one of them."),
        ("{% if customer.x %}a{% endif %}", None, None, "Nothing is left of this text."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    template: str, line: int | None, column: int | None, message: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        text_of(template)
    error = caught.value
    assert (error.part, error.line, error.column, str(error.message)) == ("body", line, column, message)


def test_a_slip_comes_with_what_was_meant_and_with_the_text_corrected() -> None:
    with pytest.raises(TemplateError) as caught:
        compiled("sms", {"body": "{{ product.name | upcse }} now"})
    assert (caught.value.suggestion, caught.value.replacement) == ("upcase", "{{ product.name | upcase }} now")


def test_a_placed_value_is_never_read_as_a_template() -> None:
    name = "{{ customer.msisdn }}{% for i in (1..9) %}x{% endfor %}"
    assert text_of("{{ product.name }}", promise=promised(name=name), msisdn="9665") == name
    assert text_of("{% assign n = product.name %}{{ n | append: '!' }}", promise=promised(name=name)) == name + "!"


def test_a_text_is_sent_as_it_is_and_html_escapes_what_is_placed_in_it() -> None:
    promise = promised(name='A <b>&"C"</b>')
    for channel in ("sms", "email", "push", "app", "ussd", "web", "shop"):
        assert text_of("{{ product.name }}", channel, promise) == 'A <b>&"C"</b>'
    html = rendered('<p title="{{ product.name }}">{{ "<i>" }}{{ product.name | upcase }}</p>', "email", promise)
    assert html.as_json()["html"]
    assert "html" not in rendered("{{ product.name }}", "email", promised(name="<p>")).as_json()
    assert html.parts["body"] == (
        '<p title="A &lt;b&gt;&amp;&#34;C&#34;&lt;/b&gt;"><i>A &lt;B&gt;&amp;&#34;C&#34;&lt;/B&gt;</p>'
    )
    captured = "<p>{% capture x %}{{ product.name }}{% endcapture %}{{ x }}</p>"
    assert text_of(captured, "email", promise) == "<p>A &lt;b&gt;&amp;&#34;C&#34;&lt;/b&gt;</p>"


@pytest.mark.parametrize("url", ["javascript:alert(1)", " java\nscript:alert(1)", "data:text/html,x", "vbscript:x"])
def test_a_url_that_would_run_a_script_is_no_value(url: str) -> None:
    with pytest.raises(TemplateError):
        text_of("{{ customer.offer_url }}", offer_url=url)
    assert text_of("{{ customer.offer_url }}", offer_url="https://tamra.sa/x") == "https://tamra.sa/x"


def test_a_subject_stays_one_line_whatever_is_placed_in_it() -> None:
    promise = promised({"headline": "More"}, attributes={"note": "one\r\nBcc: all@example.com"})
    message = compiled("email", {"subject": "{{ product.attributes.note }}", "body": "a\n\nb"}).render(values(promise))
    assert dict(message.parts) == {"subject": "one Bcc: all@example.com", "body": "a\n\nb"}


def test_a_part_that_must_be_there_is_missed_and_one_that_may_be_left_out_is_not() -> None:
    with pytest.raises(TemplateError) as caught:
        compiled("email", {"body": "a"})
    assert (caught.value.part, caught.value.code) == ("subject", "missing")
    assert dict(compiled("web", {"body": "a"}).render(values()).parts) == {"body": "a"}


@pytest.mark.parametrize(
    ("language", "chosen"),
    [("ar", "ar"), ("ar-SA", "ar"), ("en-GB", "en"), ("fr", "en"), (None, "en"), ("pt", "pt-BR"), ("de", "en")],
)
def test_a_customer_is_written_to_in_the_nearest_language_else_in_the_fallback(
    language: str | None, chosen: str
) -> None:
    texts = {"en": {"body": "a"}, "ar": {"body": "ب"}, "pt-BR": {"body": "o"}, "de": {}}
    assert message_for(Said(messages={"sms": texts}), "sms", language) == Chosen(chosen, texts[chosen])


def test_a_channel_without_a_message_for_anybody_has_none() -> None:
    assert message_for(Said(messages={"sms": {"ar": {"body": "ب"}}}), "sms", "fr") is None
    assert message_for(Said(), "email", "en") is None


def test_templates_are_kept_within_bounds_and_by_many_threads_at_once() -> None:
    kept = rendering._Kept(most=2_000)
    texts = [f"{{{{ product.name }}}} {number:0100}" for number in range(60)]

    def render(text: str) -> str:
        return kept.part(text, is_html=False).render(values(), reader_of(values()))

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(render, texts * 4))
    assert answers == [f"Flex Postpaid 60 GB {number:0100}" for number in range(60)] * 4
    assert kept.size <= 2_000
    assert kept.size == sum(len(text) for text, _ in kept._parts)


def test_a_thousand_messages_cost_a_quarter_of_a_second_at_most() -> None:
    customers = [
        CustomerFeatures.of({"first_name": f"Sara {n}", "customer_value": n, "segments": ["family"]})
        for n in range(1000)
    ]
    promise = promised(OFFER)
    started = time.process_time()
    shared = shared_context(promise, Said())
    texts = {compiled("sms", {"body": MOCK}).render(with_customer(shared, one)).parts["body"] for one in customers}
    assert time.process_time() - started < 0.25
    assert len(texts) == 1000


def test_a_worker_that_renders_nothing_never_loads_the_library() -> None:
    code = (
        "import sys, catalog_app.campaigns.messages.preflight, catalog_app.campaigns.messages.placeholders\n"
        "sys.exit('liquid' in sys.modules)"
    )
    assert run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
