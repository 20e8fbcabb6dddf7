"""Every sentence of a letter, and of the pages behind its links, with the fact that makes it true.

A predicate is asked about plain facts out of the database (`Facts`), never about what the code computed for the sentence.
LABEL: the name of a button, a heading or a question; it claims nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from service.interests.sensitive import sensitive_of
from service.interests.taxonomy import by_code
from tests.matching.oracle import great_circle_km
from tests.service.weekly_truths import WEEKLY_TRUTHS
from tests.service.welcome_truths import WELCOME_TRUTHS

Facts = dict[str, Any]
Truth = Callable[[Facts, dict[str, str]], bool]  # the facts, and what fills the sentence's blanks
ROUNDED = 0.05  # km: homes and places are kept to about 100 m
SMALL, LIKE = 6, 0.5
EVERYWHERE = (
    "service/digests/", "service/matches/reasons.py", "service/residents/letters.py", "service/residents/templates/ask.html",
    "service/residents/templates/change.html", "service/residents/templates/confirm.html",
    "service/residents/templates/preferences.html", "service/residents/templates/stop.html", "service/registrations/", "service/feedback/",
    "service/liveness/", "service/company/", "service/residents/company.py", "service/residents/same_faces.py", "service/web/wording.py",
)  # fmt: skip


def LABEL(facts: Facts, blanks: dict[str, str]) -> bool:
    return True


def km(facts: Facts) -> float:
    return great_circle_km(facts["lat"], facts["lon"], facts["there_lat"], facts["there_lon"])


def far(least: float, most: float) -> Truth:
    """A place that a map knows, between so many kilometers away."""
    return lambda facts, _: not facts["near_place"] and least - ROUNDED <= km(facts) <= most + ROUNDED


def every(weeks: int) -> Truth:
    return lambda facts, _: facts["every_weeks"] == weeks and facts["consented"] and facts["letters_in_rhythm"] <= 1


def things(facts: Facts, blanks: dict[str, str]) -> bool:
    """As many as the letter holds, each within the person's reach, and all within eight days."""
    dates = facts["items"]
    return (
        len(dates) == int(blanks.get("count", "1"))
        and all(km(one) <= one["reach_km"] + ROUNDED for one in dates)
        and all(timedelta(0) < one["starts_at"] - facts["composed_at"] < timedelta(days=9) for one in dates)
    )


def topics_in(blanks: dict[str, str]) -> set[str]:
    """Codes of the topics that a page names."""
    codes = {topic.name("en"): code for code, topic in by_code().items()}
    return {codes[name] for name in unescape(blanks["topics"]).split(", ")}


def clock(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%I:%M %p").lstrip("0")


def day_and_hour(moment: datetime, zone: str) -> str:
    there = moment.astimezone(ZoneInfo(zone))
    return f"{there:%A, %B} {there.day}, {clock(moment, zone)}"


def moment(facts: Facts, blanks: dict[str, str]) -> bool:
    begins = facts["starts_at"].astimezone(ZoneInfo(facts["zone"]))
    day = f"{begins:%A, %B} {begins.day}"
    return blanks["moment"] == f"{day}, {clock(begins, facts['zone'])}" and blanks["end"] == clock(facts["ends_at"], facts["zone"])


def days_until(facts: Facts) -> int:
    """By the clock of the place."""
    days = [facts[name].astimezone(ZoneInfo(facts["zone"])).date() for name in ("now", "starts_at")]
    return int((days[1] - days[0]).days)


def from_to(facts: Facts) -> str:
    """From and to, as a letter puts them."""
    return f"{day_and_hour(facts['starts_at'], facts['zone'])} to {clock(facts['ends_at'], facts['zone'])}"


def liked(facts: Facts, blanks: dict[str, str]) -> bool:
    shared = set(facts["topics"]) & set(facts["about"])
    return any(by_code()[code].name("en") == blanks["topic"] and not by_code()[code].sensitive for code in shared)


def fits_private(facts: Facts, blanks: dict[str, str]) -> bool:
    return bool(sensitive_of(facts["about"], facts["title"], facts["description"]) & set(facts["topics"]))


def free_then(facts: Facts, blanks: dict[str, str]) -> bool:
    if facts["any_time"]:
        return False
    begins, bits = facts["starts_at_local"], int.from_bytes(facts["available"], "little")
    first = begins.weekday() * 48 + begins.hour * 2 + begins.minute // 30
    minutes = begins.minute % 30 + int((facts["ends_at"] - facts["starts_at"]).total_seconds() // 60)
    return all(bits >> (half % 336) & 1 for half in range(first, first + -(-minutes // 30)))


def last_day(facts: Facts, blanks: dict[str, str]) -> bool:
    """The day at whose end letters stop inviting to something that they still invite to."""
    ends = [one["leaves_at"] for one in facts["silences"] if one["left_at"] is None]
    days = [(end.astimezone(ZoneInfo(facts["center_zone"])) - timedelta(days=1)) for end in ends]
    return any(
        day.hour == 0 and blanks["day"] == f"{day:%A, %B} {day.day}" and facts["now"] < end for day, end in zip(days, ends, strict=True)
    )


def silent_for(facts: Facts, blanks: dict[str, str]) -> bool:
    """signs: of life, in the ten weeks before now."""
    return int(blanks["weeks"]) == 10 and facts["signs"] == 0 and bool(facts["silences"])


TRUTHS: dict[str, Truth] = {
    # The weekly letter: its head and foot.
    "One thing for you in the coming days": things,
    "We found one thing for you in the coming days. Press Yes for what you like.": things,
    "One small act for this week": LABEL,
    "This letter comes at most once a week, because you asked for it.": every(1),
    "This letter comes at most every other week, because you asked for it.": every(2),
    "This letter comes at most every four weeks, because you asked for it.": every(4),
    "Distances are counted from the middle of the area that you gave us.": lambda f, _: any(not one["near_place"] for one in f["items"]),
    "Change what you like, or when you are free": LABEL,
    "Take a break, or stop these letters": LABEL,
    # One thing in it.
    "{moment} to {end}": moment,
    "{day}, {time}": lambda f, b: b["time"] == clock(f["starts_at"], f["zone"]),
    "EEEE, MMMM d": LABEL,
    "in the area of {town}": lambda f, b: bool(f["near_place"]) and f["near_place"] == b["town"],
    "a short walk": far(0, 1),
    "a longer walk": far(1, 2.5),
    "a short ride": far(2.5, 6),
    "a ride across town": far(6, 15),
    "a longer trip": far(15, 1e5),
    "free": lambda f, _: f["cost_cents"] == 0,
    "ask about the cost": lambda f, _: f["cost_cents"] is None,
    "We know only the area. Please find out exactly where before you go.": lambda f, _: (
        f["near_place"] != "" and not re.search(r"\d", f["place_name"] + f["address"])
    ),
    "Why this one?": LABEL,
    "Yes, I'd like to go": LABEL,
    "Not for me": LABEL,
    # Reasons.
    "It sounds like something you told us you like: {topic}.": liked,
    "It fits something you told us.": fits_private,
    "It sounds close to what you told us in your own words.": lambda f, _: bool(f["wishes"]) and f["likeness"] > LIKE - 1e-3,
    "It is a short walk from the middle of your area.": far(0, 1),
    "It is not far from the middle of your area.": far(1, 2.5),
    "It is well within the distance you can go.": lambda f, _: not f["near_place"] and km(f) <= f["reach_km"] / 2 + ROUNDED,
    "You have been there before.": lambda f, _: f["came"] > 0,
    "You said yes to it before.": lambda f, _: f["said_yes"] > 0,
    "People you have met before go there.": lambda f, _: f["met_there"] > 0,
    "It is a small group.": lambda f, _: f["capacity"] is not None and f["capacity"] <= SMALL,
    "It is free.": lambda f, _: f["cost_cents"] == 0,
    "It fits the times you gave us.": free_then,
    "You did not tell us when you are free, so we suggest any time.": lambda f, _: f["any_time"],
    # Letters that answer a sign-up or a wish.
    "Please confirm your sign-up at {partner}": lambda f, b: b["partner"] == f["partner"],
    "Somebody typed this address at {partner}, to get a weekly letter with things to do nearby. We hope it was you.": lambda f, b: (
        f["status"] == "unconfirmed" and b["partner"] == f["partner"]
    ),
    "Press the button, then press it once more on the page that opens. Then you are in.": LABEL,
    "Yes, that was me": LABEL,
    "If it was not you, do nothing. We will forget this address in seven days.": lambda f, _: f["status"] == "unconfirmed",
    "You signed up before": lambda f, _: f["status"] in ("active", "stopped"),
    "Somebody signed up with your address again. You are signed up already, so nothing has changed.": lambda f, _: f["status"] == "active",
    "Somebody signed up with your address again. You stopped our letters, so you get none.": lambda f, _: f["status"] == "stopped",
    "You can have them back: press the button and change it there.": lambda f, _: f["status"] == "stopped",
    "Change my letters": LABEL,
    "Pause or stop the letters": lambda f, _: f["status"] == "active",
    "Your link to your own page": LABEL,
    "Here is the link you asked for. It opens the page where you can change what you told us, take a break or stop.": (
        lambda f, _: f["status"] in ("active", "stopped")
    ),
    "Open my page": LABEL,
    "The link works for one hour. If you did not ask for it, you can leave it alone.": lambda f, _: f["link_lives"] == timedelta(hours=1),
    # The page that confirms.
    "Confirm your sign-up": LABEL,
    "Press the button, and we will write to you, at most once a week.": lambda f, _: f["status"] == "unconfirmed" and f["every_weeks"] == 1,
    "Yes, sign me up": lambda f, _: f["status"] == "unconfirmed",
    "This sign-up was typed with the ZIP code {zip}.": lambda f, blanks: blanks["zip"] == f["typed_zip"],
    "If you did not sign up, or this is not yours, just close this page.": LABEL,
    "You are in": lambda f, _: f["status"] == "active" and not f["paused"],
    "Every week we look for groups near you. When we find some, we write, and say why we thought of you.": (
        lambda f, _: f["status"] == "active" and not f["paused"] and f["consented"]
    ),
    # The worker looks within the minute, or the quarter hour where another newcomer came before: tests/workers/test_first_letter.py.
    "We look for groups near you now, and again every week. When we find some, we write, and say why we thought of you.": (
        lambda f, _: f["status"] == "active" and not f["paused"] and f["consented"] and f["just_confirmed"]
    ),
    "Your first letter may come within the hour.": lambda f, _: f["status"] == "active" and f["just_confirmed"],
    "You can close this page now.": LABEL,
    # The page that stops, and one's own.
    "Your letters": LABEL,
    "Your own page": LABEL,
    "Do you want a break, or no more letters at all?": lambda f, _: f["status"] != "stopped" and not f["paused"],
    "A break of four weeks": LABEL,
    "Stop all letters": lambda f, _: f["status"] != "stopped",
    "Write to me again now": lambda f, _: f["paused"],
    "Your letters are paused. They start again by themselves.": lambda f, _: f["paused"] and f["status"] == "active",
    "You will get no more letters": lambda f, _: f["status"] == "stopped" and not f["consented"],
    "We have stopped them. Thank you for having been with us.": lambda f, _: f["status"] == "stopped" and not f["consented"],
    "That was a mistake, write to me again": lambda f, _: f["status"] == "stopped",
    "Your letters are stopped. Your wishes are still here.": lambda f, _: f["status"] == "stopped" and bool(f["topics"]),
    "We have kept your changes.": lambda f, _: f["changed"],
    "Change what you like, then press the button at the end.": LABEL,
    # The page of small changes. `before`, `now_is`: available, reach_km and every_weeks; evening_hours: those free after five.
    "Change something small: no evenings, nearer, fewer letters": LABEL,
    "Change something small": LABEL,
    "Your letters are stopped, so there is nothing to change here.": lambda f, _: f["status"] == "stopped" and f["before"] == f["now_is"],
    "Each button changes one thing at once. You can take it back for {days} days.": lambda f, b: int(b["days"]) == f["take_back_days"],
    "What else may we change?": LABEL,
    "No evenings": LABEL,
    "Nearer": LABEL,
    "Fewer letters": LABEL,
    "From now on we pick nothing for you that goes on after five in the evening.": lambda f, _: f["evening_hours"] == 0,
    "From now on we look for things nearer to you than before.": lambda f, _: f["now_is"]["reach_km"] < f["before"]["reach_km"],
    "From now on your letter comes at most every other week.": lambda f, _: f["now_is"]["every_weeks"] >= 2,
    "From now on we no longer try to invite you together with people you have met.": lambda f, _: not f["now_is"]["cohorts"],
    "We do not try to invite you together with people you have met, so nothing has changed.": (
        lambda f, _: not f["now_is"]["cohorts"] and f["before"] == f["now_is"]
    ),
    # Held by tests/service/residents/test_same_faces.py.
    "The same people again": LABEL,
    "I like to meet the same few people again. You may invite me together with people I have met there,"
    " and tell them so without my name.": LABEL,
    # Held by tests/service/residents/test_small_changes.py.
    "A letter that is already on its way stays as it is.": LABEL,
    "We pick nothing in the evening for you already, so nothing has changed.": (
        lambda f, _: f["evening_hours"] == 0 and f["before"] == f["now_is"]
    ),
    "We look as near to you as we can already, so nothing has changed.": (
        lambda f, _: f["now_is"]["reach_km"] < 0.81 and f["before"] == f["now_is"]
    ),
    "Your letter comes at most every other week already, so nothing has changed.": (
        lambda f, _: f["now_is"]["every_weeks"] >= 2 and f["before"] == f["now_is"]
    ),
    "Without evenings there would be no time left for us to pick, so nothing has changed.": (
        lambda f, _: f["evening_hours"] == f["free_hours"] > 0 and f["before"] == f["now_is"]
    ),
    "Take it back": LABEL,
    "It is again as it was before.": lambda f, _: f["now_is"] == f["first"],
    "This can no longer be taken back here: it was too long ago, or it was changed since. You can change it on your own page.": (
        lambda f, _: f["before"] == f["now_is"] and (f["changed_since"] or f["days_since"] >= f["take_back_days"])
    ),
    # The page that mails a fresh link.
    "Please look at your mail": LABEL,
    "We have sent a new link to the address that we know. It works for one hour.": (
        lambda f, _: f["links_mailed"] > 0 and f["link_lives"] == timedelta(hours=1)
    ),
    "No letter after a few minutes? Look in the folder for spam, or try once more tomorrow.": LABEL,
    "We send at most five links a day, and those of today are sent. Please try once more tomorrow.": (
        lambda f, _: f["links_mailed"] == 0 and f["links_today"] == 5
    ),
    "This link has run out": lambda f, _: f["late"],
    "That is no trouble. Nothing was lost, and we can send you a new link.": lambda f, _: f["late"],
    "Send me a new link": LABEL,
    "There you can change what you like, when you are free, and how often we write. We send a link to it to your e-mail address.": (
        lambda f, _: f["status"] in ("active", "stopped") and not f["late"]
    ),
    "Send me my link": LABEL,
    # The page behind Yes and No.
    "The center called this off. You do not need to do anything.": lambda f, _: f["state"] == "cancelled",
    "They wrote: “{reason}”": lambda f, b: f["state"] == "cancelled" and b["reason"] == f["cancel_reason"] != "",
    "All seats are taken and it begins soon, so you have no seat.": (
        lambda f, _: f["seat"] is None and f["taken"] == f["capacity"] and f["starts_at"] - f["now"] <= timedelta(hours=1)
    ),
    "There are fewer seats than people in your group, so you have no seat.": lambda f, _: f["seat"] is None and f["capacity"] < f["party"],
    "There is no offer to answer here. It ran out, or it was answered before.": lambda f, _: f["seat"] != "offered",
    "There is no free seat for you yet. You are number {place} in line. We write to you as soon as there is one.": (
        lambda f, b: f["seat"] == "waiting" and int(b["place"]) == 1 + f["longer_waiting"] and f["taken"] + f["party"] > f["capacity"]
    ),
    "A seat is free for you. Please answer by {when}.": (
        lambda f, b: f["seat"] == "offered" and f["offer_until"] > f["now"] and b["when"] == day_and_hour(f["offer_until"], f["zone"])
    ),
    "We had no answer from you in time, so the seat is open to others again.": (
        lambda f, _: f["seat"] == "expired" and f["offer_until"] <= f["now"]
    ),
    "No seat became free.": lambda f, _: f["seat"] == "expired" and f["offer_until"] is None,
    "Thank you. The seat is open to others again.": lambda f, _: f["seat"] == "declined" and f["offer_until"] is not None,
    "I don't want to wait any more": lambda f, _: f["seat"] == "waiting",
    "No, offer it to somebody else": lambda f, _: f["seat"] == "offered",
    "This has begun or is over.": lambda f, _: f["starts_at"] <= f["now"] and f["state"] != "cancelled",
    "You have a seat. See you there!": lambda f, _: f["seat"] == "confirmed" and f["starts_at"] > f["now"] and f["state"] != "cancelled",
    "Thank you. We will not offer you this again.": lambda f, _: f["said"] == "no",
    "Nothing is sent until you press a button. You can change your mind later with the same link.": (
        lambda f, _: f["said"] is None and f["starts_at"] > f["now"]
    ),
    # Held by tests/service/centers/test_roster.py; it stands where the yes is still to be said.
    "When you say yes, the center sees your first name and initial, if you gave us your name, and how many of you come.": (
        lambda f, _: f["seat"] not in ("waiting", "confirmed") and f["starts_at"] > f["now"] and f["state"] != "cancelled"
    ),
    "Do you want to come?": lambda f, _: f["said"] is None and f["starts_at"] > f["now"] and f["state"] != "cancelled",
    "Seats for you": lambda f, _: f["seat"] in ("confirmed", "offered") and f["party"] > 1,
    "Add to my calendar": lambda f, _: f["seat"] == "confirmed",
    "I can't come after all": lambda f, _: f["seat"] == "confirmed",
    "Take that back": lambda f, _: f["said"] == "no",
    # The letter that offers a seat, and the one that ends a wait.
    "A seat is free: {title}": lambda f, _: f["seat"] == "offered",
    "A seat is free for you: {title}.": lambda f, b: f["seat"] == "offered" and int(b.get("count", "1")) == f["party"],
    "It is on {when}, here: {place}.": lambda f, b: b["when"] == from_to(f) and f["place_name"] in b["place"],
    "Please answer by {when}. After that the seat is open to others again.": (
        lambda f, b: b["when"] == day_and_hour(f["offer_until"], f["zone"]) and f["offer_until"] > f["now"]
    ),
    "Answer": LABEL,
    "The button only opens a page. Nothing happens until you press Yes or No there.": lambda f, _: f["seat"] == "offered" or f["asked"],
    "No seat became free: {title}": lambda f, _: f["seat"] == "expired" and f["taken"] == f["capacity"],
    "No seat became free: {title} on {when}.": (
        lambda f, b: f["seat"] == "expired" and f["taken"] == f["capacity"] and b["when"] == day_and_hour(f["starts_at"], f["zone"])
    ),
    # The question whether they still come, and its page. waiting_n: parties that wait; coming: the answer.
    "Are you still coming? {title}": lambda f, _: f["seat"] == "confirmed" and f["asked"] and f["coming"] is None,
    "Somebody else is waiting for a seat. Please tell us whether you are still coming.": (
        lambda f, _: f["waiting_n"] > 0 and f["asked"] and f["coming"] is None
    ),
    # Held by tests/service/registrations/test_still_coming.py.
    "If you do not answer, you keep your seat.": lambda f, _: f["seat"] == "confirmed" and f["asked"] and f["coming"] is None,
    "You have a seat. Are you still coming?": lambda f, _: f["seat"] == "confirmed" and f["asked"] and f["coming"] is None,
    "Yes, I am coming": lambda f, _: f["seat"] == "confirmed" and f["asked"],
    "No, somebody else can have my seat": lambda f, _: f["seat"] == "confirmed" and f["asked"],
    "Thank you for telling us. You keep your seat. See you there!": lambda f, _: f["seat"] == "confirmed" and f["coming"] == "yes",
    "Thank you. You gave back your seat, and somebody who waits can have it.": (
        lambda f, _: f["seat"] == "cancelled" and f["coming"] == "no"
    ),
    # The letters about one's own seat. `event`: the method of the event that the letter carries.
    "You have a seat: {title}": lambda f, _: f["seat"] == "confirmed" and f["state"] == "scheduled",
    "You have a seat for {title}.": lambda f, b: f["seat"] == "confirmed" and int(b.get("count", "1")) == f["party"],
    "If you can't come, press the button, and then once more on the page that opens. Somebody else can come then.": (
        lambda f, _: f["seat"] == "confirmed" and f["starts_at"] > f["now"]
    ),
    "Today: {title}": lambda f, _: days_until(f) == 0 and f["seat"] == "confirmed",
    "Tomorrow: {title}": lambda f, _: days_until(f) == 1 and f["seat"] == "confirmed",
    "Your mail program may offer to put the date into your calendar.": lambda f, _: f["event"] == "REQUEST",
    "You gave back your seat: {title}": lambda f, _: f["seat"] in ("cancelled", "declined") and f["event"] == "CANCEL",
    "You gave back your seat for {title} on {when}.": lambda f, b: (
        f["seat"] in ("cancelled", "declined")
        and int(b.get("count", "1")) == f["party"]
        and b["when"] == day_and_hour(f["starts_at"], f["zone"])
    ),
    "You do not need to do anything else.": LABEL,
    "Look at it again": lambda f, _: f["state"] == "scheduled" and f["starts_at"] > f["now"],
    # The letter that calls a date off.
    "Called off: {title}": lambda f, _: f["state"] == "cancelled",
    "{title} on {when} will not take place. {center} called it off.": lambda f, _: f["state"] == "cancelled",
    "You do not need to do anything. We are sorry.": LABEL,
    # The letter in which a center writes to everybody who comes. written: its row; to_center: headers that could lead an answer there.
    "{title}: a message from {center}": lambda f, b: b["center"] == f["center"] and bool(f["written"]),
    "{center} wrote this to everybody with a seat for {title} on {when}:": (
        lambda f, b: (
            b["center"] == f["center"] and b["when"] == from_to(f) and f["seat"] == "confirmed" and not f["written"]["with_waiting"]
        )
    ),
    "To everybody with a seat for {title} on {when}, and to those who wait for one, {center} wrote this:": (
        lambda f, b: (
            b["center"] == f["center"]
            and b["when"] == from_to(f)
            and f["seat"] in ("confirmed", "waiting", "offered")
            and f["written"]["with_waiting"]
        )
    ),
    "These are the words of the center, not ours. Addresses in them are shown as text and cannot be pressed.": (
        lambda f, _: "<a " not in f["html"] and f["links"] == []
    ),
    "The center does not see your address. Please do not answer this letter: the center cannot read it.": (
        lambda f, _: f["center_columns"].isdisjoint({"email", "name"}) and f["to_center"] == []
    ),
    # The letter that says that a date is at another hour or in another place. `before`: from and to, and the place, as they were.
    "Changed: {title}": lambda f, _: f["state"] == "scheduled" and (from_to(f) != f["before"] or f["place_before"] != f["place_name"]),
    "{title} on {when} has changed. {center} changed it.": lambda f, b: b["when"] == f["before"],
    "It is now on {when}.": lambda f, b: b["when"] == from_to(f) != f["before"],
    "It is now here: {place}.": lambda f, b: f["place_name"] in b["place"] and f["place_name"] != f["place_before"],
    "Until now it was here: {place}.": lambda f, b: f["place_before"] in b["place"] and f["place_name"] != f["place_before"],
    "You still have your place. If this does not suit you, open the letter with your yes and press “Not for me”.": (
        lambda f, _: f["seat"] == "confirmed"
    ),
    # The question after a visit, its page and the list of visits. `feedback`: its row; asked_n: dates that the person was asked about.
    "Did you go? {title}": lambda f, _: f["seat"] in ("confirmed", "attended", "missed") and f["ends_at"] <= f["now"],
    "You had a seat. Did you go?": lambda f, _: f["seat"] in ("confirmed", "attended", "missed") and f["ends_at"] <= f["now"],
    "Did you go? We ask about {count} dates": lambda f, b: f["asked_n"] == int(b["count"]),
    # Held by tests/service/test_letter_links.py, and by tests/service/feedback/test_feedback_page.py.
    "A button only opens a page. Nothing is sent until you press one there.": LABEL,
    "What you say changes what we offer you. The center does not see it.": LABEL,
    "Nothing is sent until you press a button. You can change every answer later. The center does not see them.": (
        lambda f, _: f["feedback"]["came"] is None
    ),
    "Thank you. It has a better chance to be in your next letters.": lambda f, _: (
        f["feedback"]["learned"] == 1 and not f["feedback"]["blocked"]
    ),
    "Thank you. It may be in your next letters as before.": lambda f, _: f["feedback"]["learned"] == 0 and not f["feedback"]["blocked"],
    "Thank you. From now on we do not offer you this. Press another answer to change that.": lambda f, _: f["feedback"]["blocked"],
    "Thank you for telling us. It has less of a chance to be in your next letters.": lambda f, _: f["feedback"]["learned"] == -1,
    "From now on we do not offer you this.": lambda f, _: f["feedback"]["blocked"],
    "Offer it to me again": lambda f, _: f["feedback"]["blocked"],
    "Do not offer me this again": lambda f, _: not f["feedback"]["blocked"],
    "Thank you for telling us. Perhaps another time.": lambda f, _: f["feedback"]["came"] == "could_not" and not f["feedback"]["blocked"],
    "We added this to what you like: {topics}.": lambda f, b: set(f["feedback"]["topics_changed"]) == topics_in(b) <= set(f["topics"]),
    "We took this out of what you like: {topics}.": lambda f, b: (
        set(f["feedback"]["topics_changed"]) == topics_in(b) and not topics_in(b) & set(f["topics"])
    ),
    "More: we add this to what you like: {topics}.": lambda f, b: not topics_in(b) & set(f["topics"]),
    "Less: we take this out of what you like: {topics}.": lambda f, b: topics_in(b) <= set(f["topics"]),
    "Take my answers back": lambda f, _: f["feedback"]["came"] is not None,
    "Not answered yet": lambda f, _: f["feedback"]["came"] is None,
    "Open one to answer, or to change what you said.": lambda f, _: f["asked_n"] > 0,
    "There is nothing here yet. The morning after a date we ask you how it was.": lambda f, _: f["asked_n"] == 0,
    # The letters about company, and their page. newcomers, hosts: the other seats of people who are new there, or glad to greet, as rows.
    # Held by tests/service/company/test_company_is_true.py.
    "Somebody else is new, too: {title}": lambda f, _: len(f["newcomers"]) == 1,
    "You will not be the only new one at {title}.": lambda f, b: len(f["newcomers"]) == 1 and b["title"] == f["title"] and f["is_new"],
    "{name} is new, too, and has a seat.": lambda f, b: (
        f["newcomers"][0]["seat"] == "confirmed" and f["newcomers"][0]["name"].split()[0] == b["name"] and f["both_give_names"]
    ),
    "Somebody else has a seat who is new, too.": lambda f, _: f["newcomers"][0]["seat"] == "confirmed" and not f["both_give_names"],
    "We suggest to both of you: be there ten minutes before the start, on {when}. Meet here: {place}.": lambda f, b: (
        b["when"] == day_and_hour(f["starts_at"] - timedelta(minutes=10), f["zone"])
        and (b["place"] == f["meeting_point"] or (not f["meeting_point"] and f["place_name"] in b["place"]))
        and [other["is_told"] for other in (*f["newcomers"], *f["hosts"])] == [True]
    ),
    "Your first name is all that they are told of you.": lambda f, _: f["both_give_names"],
    "Neither of you is told the name of the other.": lambda f, _: not f["both_give_names"],
    **WELCOME_TRUTHS,
    **WEEKLY_TRUTHS,
    "Shall we stop telling other people that you are coming?": lambda f, _: f["wants_company"] or f["is_glad"],
    "We tell nobody else that you are coming, and you get no such letters.": lambda f, _: not f["wants_company"] and not f["is_glad"],
    "Then we look for no company for you when you are new at a group.": lambda f, _: f["wants_company"],
    "Then we do not ask you any more to greet new people.": lambda f, _: f["is_glad"],
    **dict.fromkeys(
        (
            "Company the first time you go",
            "Company on a first visit",
            "I would like company the first time I go. You may tell one other person with a seat that I am new and coming.",
            "You may also tell the other person my first name, if they tell me theirs.",
            "I am glad to greet a new person at a group I know. You may tell them that I am coming.",
            "Plans can change. If nobody is there, please go in anyway.",
            "I do not want this",
            "Then press once more on the page that opens, and we tell nobody else of you.",
            "Yes, stop that",
            "Nothing changes until you press the button. You keep your seat.",
            "Somebody who got a letter before may still look for you. You keep your seat. On your own page you can change this again.",
        ),
        LABEL,
    ),
    # The letter that asks a center whether it is still there, and its page. silences: rows that are warned of, of one center.
    "Are you still there? {center}": lambda f, b: b["center"] == f["center"] and bool(f["silences"]),
    "For {weeks} weeks we have heard nothing of one activity of {center}:": lambda f, b: (
        silent_for(f, b) and b["center"] == f["center"] and len(f["silences"]) == int(b.get("count", "1"))
    ),
    "And {count} more.": lambda f, b: len(f["silences"]) - 20 == int(b["count"]),
    "Nobody noted who came, and nobody whom we invited answered.": lambda f, _: f["signs"] == 0 and f["invited"] >= 20,
    "If nothing is heard by the end of {day}, our weekly letters stop inviting people to it.": last_day,
    "Our weekly letters do not invite people to it any more.": lambda f, _: any(one["left_at"] for one in f["silences"]),
    "For {weeks} weeks nobody noted who came, and nobody whom we invited answered.": silent_for,
    "Nothing changes until you press the button. Then our weekly letters invite people to this activity.": lambda f, b: (
        len(f["silences"]) == int(b.get("count", "1"))
    ),
    "Thank you. There is nothing left to ask you.": lambda f, _: f["silences"] == [],
    # Held by tests/service/liveness/test_leaving.py and test_here_page.py.
    **dict.fromkeys(
        (
            "Who has a seat keeps it. The public pages stay as they are.",
            "To go on, press the button, and then once more on the page that opens.",
            "Later, too, one press there brings back what has left our letters.",
            "We are here",
            "Bring it back",
            "Keep it",
            "Are you still there?",
            "This activity",
        ),
        LABEL,
    ),
    **dict.fromkeys(
        (
            "Yes, I went",
            "I could not go",
            "I did not want to go",
            "Did you go?",
            "And here? Did you go?",
            "How was it?",
            "Good",
            "Fine",
            "More or less of this?",
            "More of this",
            "Less of this",
            "Undo that",
            "Back to your own page",
        ),
        LABEL,
    ),
}
