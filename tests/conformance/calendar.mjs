// Every event of a calendar file as ical.js reads it, instants in UTC; repeated ones as they come.
import ICAL from "ical.js";
import { readFileSync } from "node:fs";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
const utc = (time) => time.convertToZone(ICAL.Timezone.utcTimezone).toString();
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    sequence: event.sequence,
    summary: event.summary,
    location: event.location,
    description: event.description,
    attendees: component.getAllProperties("attendee").map((property) => ({
      address: property.getFirstValue(),
      status: property.getFirstParameter("partstat"),
    })),
    organizer: component.getFirstPropertyValue("organizer"),
    status: component.getFirstPropertyValue("status"),
    zone: event.startDate.zone.tzid,
    starts_at: utc(event.startDate),
    ends_at: utc(event.endDate),
  };
});
console.log(JSON.stringify({ method: calendar.getFirstPropertyValue("method"), events }));
