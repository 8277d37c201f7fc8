"""How long an SMS is, by 3GPP TS 23.038: what a network charges."""

import pytest

from catalog_app.campaigns.messages.sms import SmsLength, outside_gsm, sms_length


@pytest.mark.parametrize(
    ("text", "encoding", "characters", "segments"),
    [
        ("", "GSM-7", 0, 0),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("a" * 159 + "€", "GSM-7", 161, 2),
        ("^{}\\[~]|€\f", "GSM-7", 20, 1),
        ("äöüßÄÖÜéèùìòÇØøÅåÆæÑñ¿¡§£¥¤", "GSM-7", 27, 1),
        ("ΔΦΓΛΩΠΨΣΘΞ", "GSM-7", 10, 1),
        ("ç", "UCS-2", 1, 1),
        ("`", "UCS-2", 1, 1),
        ("\N{NO-BREAK SPACE}", "UCS-2", 1, 1),
        ("ب" * 70, "UCS-2", 70, 1),
        ("ب" * 71, "UCS-2", 71, 2),
        ("ب" * 134, "UCS-2", 134, 2),
        ("ب" * 135, "UCS-2", 135, 3),
        ("😀" * 35, "UCS-2", 70, 1),
        ("😀" * 36, "UCS-2", 72, 2),
        ("a" * 160 + "’", "UCS-2", 161, 3),
    ],
)
def test_a_text_is_counted_as_networks_charge_it(text: str, encoding: str, characters: int, segments: int) -> None:
    length = sms_length(text)
    assert (length.encoding, length.characters, length.segments) == (encoding, characters, segments)


def test_no_character_is_cut_between_two_segments() -> None:
    # 152 characters, then an extended one that would begin at the last place of the first segment.
    assert sms_length("a" * 152 + "€" * 77).segments == 3
    assert sms_length("a" * 66 + "😀" + "a" * 66).segments == 3


def test_what_is_over_and_what_is_left_is_told() -> None:
    assert sms_length("a" * 165) == SmsLength("GSM-7", 165, 2, over=5, left=141)
    assert sms_length("a" * 150) == SmsLength("GSM-7", 150, 1, over=0, left=10)


def test_the_characters_that_cost_the_room_are_named() -> None:
    assert outside_gsm("it’s “here”’") == ("’", "“", "”")
