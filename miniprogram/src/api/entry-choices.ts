/** What the form of an entry offers: fetched where there is a network, remembered for where there is none. */
import type { ActivityChoice } from "../domain/entry-choices";
import { distinct } from "../domain/entry-choices";
import { call } from "./service";
import { ACTIVITY_CHOICES, read, write } from "./storage";
import type { Named } from "./types";

/** What is taken of an activity. */
interface Brief {
  id: number;
  title: string;
  place: string;
  starts_at: string;
  organiser: Named;
}

interface Detail extends Brief {
  community: Named | null;
  partners: Named[];
}

export function lastActivityChoices(): ActivityChoice[] {
  return [...read(ACTIVITY_CHOICES)];
}

function keep(choices: readonly ActivityChoice[]): ActivityChoice[] {
  write(ACTIVITY_CHOICES, choices);
  return [...choices];
}

/** The activities that the author took part in; what is known of their partners stays known. @throws Failure */
export async function activityChoices(): Promise<ActivityChoice[]> {
  const { items } = await call<{ items: Brief[] }>("member", { method: "GET", path: "/activities", query: { when: "mine" } });
  const known = lastActivityChoices();
  const choices = items.map(({ id, title, place, starts_at: startsAt, organiser }) => {
    const earlier = known.find((choice) => choice.id === id);
    return { id, title, startsAt, place, units: earlier?.units ?? [organiser], community: earlier?.community ?? null };
  });
  return keep(choices);
}

/** One activity with its partners and its community. @throws Failure */
export async function activityChoice(id: number): Promise<ActivityChoice> {
  const found = await call<Detail>("member", { method: "GET", path: `/activities/${id}` });
  const units = distinct([found.organiser, ...found.partners]);
  const choice = { id, title: found.title, startsAt: found.starts_at, place: found.place, units, community: found.community };
  keep([choice, ...lastActivityChoices().filter((other) => other.id !== id)]);
  return choice;
}
