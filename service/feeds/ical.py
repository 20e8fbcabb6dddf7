"""iCalendar (RFC 5545) as the world really writes it: each VEVENT is read by itself, so a broken one never loses the others."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
from icalendar import Event

from service.feeds.model import Found, FoundEvent, Moved, Refused
from service.feeds.series import joined
from service.feeds.text import line, plain, web_address
from service.feeds.zones import zone_named
