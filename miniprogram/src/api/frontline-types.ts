/** What the service takes and gives for the frontline log, the collection, persons and notices, from schema.d.ts. */
import type { Answer, Body } from "./types";

export type FrontlinePage = Answer<"/api/v1/frontline/entries", "get", 200>;
export type FrontlineEntry = Answer<"/api/v1/frontline/entries/{entry_id}", "get", 200>;
export type Picture = FrontlineEntry["pictures"][number];
export type Review = FrontlineEntry["reviews"][number];
export type Served = FrontlineEntry["served"];
export type Solution = FrontlineEntry["solution"];
export type EntryContent = Required<Body<"/api/v1/frontline/entries/{entry_id}", "put">>;
export type ReviewInput = Required<Body<"/api/v1/frontline/entries/{entry_id}/reviews", "post">>;

export type Effect = Answer<"/api/v1/frontline/entries/{entry_id}/effect", "get", 200>;
export type EffectLinks = Answer<"/api/v1/frontline/entries/{entry_id}/effect-links", "post", 201>;
export type EffectEntry = Answer<"/api/v1/effects", "post", 200>;

export type ExperiencePage = Answer<"/api/v1/experiences", "get", 200>;
export type Experience = Answer<"/api/v1/experiences/{experience_id}", "get", 200>;
export type ExperienceContent = Required<Body<"/api/v1/experiences/{experience_id}", "put">>;
export type TagCount = ExperiencePage["tags"][number];

export type QueuePage = Answer<"/api/v1/frontline/review-queue", "get", 200>;
export type QueueItem = QueuePage["items"][number];

export type Person = NonNullable<Answer<"/api/v1/me/person", "get", 200>["person"]>;
export type RosterItem = Answer<"/api/v1/branches/{organisation_id}/roster", "get", 200>["items"][number];
export type BindingCode = Answer<"/api/v1/branches/{organisation_id}/roster/{person_id}/binding-codes", "post", 201>;

export type NoticePage = Answer<"/api/v1/me/notices", "get", 200>;
export type Notice = NoticePage["items"][number];
export type MessageTemplate = Answer<"/api/v1/message-templates", "get", 200>["items"][number];
