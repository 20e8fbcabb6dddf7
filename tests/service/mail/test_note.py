"""Short letters: one button, which looks like what it does."""

from service.mail.note import note

FILLED = "background:#8a3b12"


def test_a_button_that_leads_out_of_something_is_not_the_loudest_thing_in_a_letter() -> None:
    words = ("I can't come after all", "https://doorstep.example.org/s/1")
    loud = note("en", subject="Tomorrow", before=["Soup and company"], button=words)
    quiet = note("en", subject="Tomorrow", before=["Soup and company"], button=words, leads_out=True)
    assert FILLED in loud.html
    assert FILLED not in quiet.html
    assert quiet.html.count(words[1]) == loud.html.count(words[1]) == 1
    assert quiet.text == loud.text
