"""Rewriting of addresses: only addresses change, wherever they stand in a tag."""

from webmap.static_site.rewriting import rewrite_addresses


def moved(name: str, address: str) -> str | None:
    return None if address.startswith("/gone") else f"..{address}"


def test_a_page_without_addresses_of_ours_stays_to_the_byte():
    page = (
        '<!doctype html>\n<p  title="a > b" hidden>x &amp; y<br/></p><a href="https://h/">h</a><!-- <a href="/x"> -->\n'
    )
    assert rewrite_addresses(page, moved) == page


def test_scripts_comments_and_text_are_no_tags():
    page = '<script>const a = \'<a href="/x">\';</script><p>&lt;a href="/x"&gt;</p>'
    assert rewrite_addresses(page, moved) == page


def test_addresses_in_single_quotes_in_none_and_over_lines_are_found():
    assert rewrite_addresses("<a\n  href='/a' >1</a><a href=/b>2</a>", moved) == (
        '<a href="../a">1</a><a href="../b">2</a>'
    )


def test_what_is_gone_takes_its_attribute_along_and_marks_stay_escaped():
    page = '<button data-go="/gone" data-words="&#34;a&#34; &amp; b" hidden>x</button><use href="/s.svg#a"/>'
    assert rewrite_addresses(page, moved) == (
        '<button data-words="&#34;a&#34; &amp; b" hidden>x</button><use href="../s.svg#a"/>'
    )


def test_the_policy_follows_the_character_set_once():
    page = '<head>\n<meta charset="utf-8">\n<meta name="x" content="/y"></head>'
    assert rewrite_addresses(page, moved, meta="<meta p>") == (
        '<head>\n<meta charset="utf-8"><meta p>\n<meta name="x" content="/y"></head>'
    )
