"""Whom a calendar's words are for: children's programs are never left open to adults, and nothing is made up for the others."""

import pytest

from service.feeds.ages import ages_in

CHILDREN = [
    ("Tiny Tunes (Ages 0-3)", "", (0, 3)),
    ("Clay Critters, ages 6 to 9", "", (6, 9)),
    ("Puppet makers: Ages 4 & 5", "", (4, 5)),
    ("Robot Lab (ages 8 through 12)", "", (8, 12)),
    ("Splash morning (Ages 5 and under)", "", (0, 5)),
    ("Crawlers meet (18 months and younger)", "", (0, 1)),
    ("Board game den, Grades 3-5", "", (8, 11)),
    ("Homework hour for grades K-2", "", (5, 8)),
    ("Debate team (7th-9th grade)", "", (12, 15)),
    ("Baby Storytime", "", (0, 2)),
    ("Toddler Tumble Time", "", (1, 3)),
    ("Preschool Stories and Songs", "", (3, 5)),
    ("Kids’ Coding Club", "", (0, 12)),
    ("Gardening for Kids", "", (0, 12)),
    ("Children's Choir", "", (0, 12)),
    ("Story time under the oak", "", (0, 12)),
    ("Cuentos: Storytime in two languages", "", (0, 12)),
    ("Tween Art Lounge", "", (9, 12)),
    ("Teen Advisory Night", "", (13, 17)),
    ("Teen pottery (13 - 17)", "", (13, 17)),
    ("Cooking Club Teen: dumplings", "", (13, 17)),
    ("River Youth Orchestra", "", (0, 17)),
    ("Wiggle and Rhyme", "A weekly half hour for babies ages 0 to 18 months and whoever looks after them.", (0, 1)),
    ("Lego Lunch", "For ages 5-11. Bring a sandwich.", (5, 11)),
    ("Ocean Day", "This program is intended for toddlers and their caregivers.", (1, 3)),
    ("Stage Sparks", "For students in grades 6-8, no experience needed.", (11, 14)),
    ("First Steps Walk", "Strollers are fine. Open to newborns to 3-year-olds with their grown-up.", (0, 3)),
]
OPEN = [
    ("Lantern parade (All Ages)", "", (0, None)),
    ("Origami evening (Ages 9 and up)", "", (9, None)),
    ("Karate for teens & adults, ages 13+", "", (13, None)),
    ("Teen & Adult Craft", "", (13, None)),
    ("Comedy hour (21+)", "", (21, None)),
    ("Adult 35+ Skating", "", (35, None)),
    ("Seniors 60+ Lunch Bunch", "", (60, None)),
    ("Stretching for Seniors", "", (60, None)),
    ("Older Adults Walking Group", "", (60, None)),
    ("Wheel throwing", "For ages 18+", (18, None)),
]
UNSAID = [
    ("Adult Storytime", ""),
    ("Grown-Up Story Time with wine", ""),
    ("Yoga in the park", ""),
    ("The Baby Grand: piano recital", ""),
    ("Sundown Kid and the Outlaws, live", ""),
    ("Riverside Senior Center annual meeting", ""),
    ("Too old at 9?", "A film about a nine-year-old champion and her family."),
    ("Community supper", "Children under 8 must be accompanied by an adult."),
    ("Jazz night", "Adults $12, ages 6-12 $5, free for children under 5."),
    ("Salsa social", "60+ vendors, two floors, one band."),
    ("Quilting for others", "We sew for babies and children ages 0-18. All ages welcome at the tables."),
    ("Mural day", "A workshop for kids and adults."),
    ("", ""),
]


CHILDREN_ALONE = [
    ("Moss and Lichens Hour", "", "Nature House. A KIDS-ONLY hour with a ranger.", (0, 12)),
    ("Pond dipping (kids only)", "", "", (0, 12)),
    ("Zine making", "Teens are invited to fold and print their first zine.", "", (13, 17)),
    ("Zine making", "Calling all tweens! Bring a pen.", "", (9, 12)),
    ("Block Towers", "", "Children's Program Room 2 at Hill Library", (0, 12)),
    ("Open hour", "", "Teen Lounge, upper floor", (13, 17)),
    ("After School at the Mill", "Come and see what is on the table.", "", (0, 17)),
    ("After-school snacks", "", "Mill House", (0, 17)),
    ("LEGO Build Afternoon", "Bricks for all builders.", "", (0, 12)),
    ("Lego Club", "", "", (0, 12)),
]
NOT_CHILDREN_ALONE = [
    ("Family Lego Day", "", "Children's Room"),
    ("LEGO night for adults", "", ""),
    ("Lego Club", "Adults and children build together.", ""),
    ("Block Party", "Everyone is invited, teens are welcome too.", "Elm Street"),
    ("How children learn: a talk", "Children learn by play, says the speaker.", "Hall"),
    ("Poetry reading", "Teens and adults are invited.", "Hall"),
    ("Quilt show", "", "Room 2, across from the children's museum"),
    ("After School Special: a comedy", "", ""),
    ("Life after school: changing jobs", "", ""),
    ("Grown-Up Crafts", "", "Children's Program Room"),
    ("Book sale", "", "Youth Services desk"),
]


@pytest.mark.parametrize(("title", "description", "place", "span"), CHILDREN_ALONE)
def test_what_is_for_children_alone_has_an_upper_age(title: str, description: str, place: str, span: tuple[int, int]) -> None:
    assert ages_in(title, description, (), place) == span


@pytest.mark.parametrize(("title", "description", "place"), NOT_CHILDREN_ALONE)
def test_what_families_or_adults_come_to_has_none(title: str, description: str, place: str) -> None:
    assert ages_in(title, description, (), place) is None


@pytest.mark.parametrize(("title", "description", "span"), [*CHILDREN, *OPEN])
def test_the_words_of_a_program_say_for_whom_it_is(title: str, description: str, span: tuple[int, int | None]) -> None:
    assert ages_in(title, description) == span


@pytest.mark.parametrize(("title", "description"), UNSAID)
def test_what_the_words_do_not_say_stays_unsaid(title: str, description: str) -> None:
    assert ages_in(title, description) is None


def test_categories_count_only_where_they_speak_of_nobody_else() -> None:
    assert ages_in("Sunday workshop", "", ["Kids Classes", "Art"]) == (0, 12)
    assert ages_in("Sunday workshop", "", ["Kids Classes", "Adult Classes"]) is None
    assert ages_in("Sunday workshop", "", ["Children & Family"]) is None


def test_a_title_goes_before_what_a_description_mentions() -> None:
    assert ages_in("Toddler Time", "Siblings of ages 6-9 may watch.") == (1, 3)
