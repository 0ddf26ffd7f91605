/** What the form of an entry offers to choose from: activities that the author took part in, and their units. */
import type { Named } from "../api/types";
import { formatDay } from "./dates";

export interface ActivityChoice {
  id: number;
  title: string;
  /** ISO 8601 */
  startsAt: string;
  place: string;
  /** The organiser and its partners. */
  units: Named[];
  community: Named | null;
}

/** No activity, and then each by its day: the words of the picker. */
export function activityWords(choices: readonly ActivityChoice[]): string[] {
  return ["不属于哪次活动", ...choices.map(({ title, startsAt }) => `${formatDay(startsAt)} ${title}`)];
}

/** Without repeats, in the order in which they come. */
export function distinct(units: readonly (Named | null)[]): Named[] {
  const known = new Set<number>();
  return units.filter((unit): unit is Named => {
    if (unit === null || known.has(unit.id)) return false;
    known.add(unit.id);
    return true;
  });
}

/** What can still be added. */
export function unitsToAdd(offered: readonly Named[], chosen: readonly { id: number }[]): Named[] {
  return offered.filter(({ id }) => !chosen.some((unit) => unit.id === id));
}
