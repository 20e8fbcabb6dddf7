"""What a calendar's words cost: nobody is promised something free that is not, and other money is not taken for a price."""

import pytest

from service.feeds.prices import price_in

PRICED = [
    ("Tai chi", "Cost: $10 drop-in", 1000),
    ("Tai chi", "$8 for members, $12 for everyone else. Tickets at the door.", 1200),
    ("Pottery evening", "Fee: $36; free for members.", 3600),
    ("Contra dance", "Admission: $15/person, $12 students", 1500),
    ("Poetry workshop", "$7.50", 750),
    ("Sliding-scale yoga", "Suggested donation $5-$20.", 2000),
    ("$5 Bag Day", "", 500),
    ("Single class", "Drop in class: $25\n10-class pass: $200", 2500),
    ("Ride", "Registration is free, bike rental is $15 per person.", 1500),
]
FREE = [
    ("Free concert in the square", ""),
    ("Book talk", "This event is free and open to the public."),
    ("Book talk", "Fee: Free; registration required."),
    ("Market", "Admission is free."),
    ("Sing along", "FREE!"),
    ("Walk", "Come as you are, at no cost."),
    ("Clinic", "There is no charge."),
    ("Garden tour", "A free tour of the beds, in light rain too."),
]
UNSAID = [
    ("Dance night", "Free parking behind the hall."),
    ("Bake-off", "Gluten-free and dairy-free tables. Feel free to bring a friend."),
    ("Opera", "Members free."),
    ("Opera", "Free for members, ask at the desk."),
    ("Gala", "Last year we raised $40,000 for the shelter."),
    ("Gala", "Tickets from $750."),
    ("Gala", "Win a $50 gift card."),
    ("Club ride", "You can park your car for free."),
    ("Club ride", "Non-members can buy a trial membership for $15."),
    ("Pub quiz", "Beer at $5.99 a pint."),
    ("Supper club", "It was a $9 word in a two-dollar town."),
    ("Talk", "How free software changed the world."),
    ("Film", "Kids eat free on Tuesdays."),
    ("Nothing told", ""),
]


@pytest.mark.parametrize(("title", "description", "cents"), PRICED)
def test_the_highest_plain_price_is_what_it_costs(title: str, description: str, cents: int) -> None:
    assert price_in(title, description) == cents


@pytest.mark.parametrize(("title", "description"), FREE)
def test_what_says_that_it_is_free_is_free(title: str, description: str) -> None:
    assert price_in(title, description) == 0


@pytest.mark.parametrize(("title", "description"), UNSAID)
def test_other_money_and_other_freedom_are_not_a_price(title: str, description: str) -> None:
    assert price_in(title, description) is None


def test_a_category_may_say_it() -> None:
    assert price_in("Concert", "", ["Free", "Music"]) == 0
