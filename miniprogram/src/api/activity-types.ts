/** What the service takes and gives for activities and check-in, from schema.d.ts as in types.ts. */
import type { Fence } from "../domain/fences";
import type { Answer, Body } from "./types";

/** The document leaves open which fields are always there; the service always sends these. */
type Whole<T> = T extends (infer Item)[] ? Whole<Item>[] : T extends object ? { [Key in keyof T]-?: Whole<T[Key]> } : T;

/** A document can't say that a circle has a centre and a polygon corners. */
type WithFences<T> = Omit<T, "fences"> & { fences: Fence[] };

export type ActivityPage = Answer<"/api/v1/activities", "get", 200>;
export type ActivityBrief = ActivityPage["items"][number];
export type MyPlace = NonNullable<ActivityBrief["my"]>;
export type Activity = WithFences<Answer<"/api/v1/activities/{activity_id}", "get", 200>>;
export type Joined = Answer<"/api/v1/activities/{activity_id}/participation", "post", 201>;
export type ActivityDraft = WithFences<Whole<Omit<Body<"/api/v1/activities", "post">, "planned" | "datum">>>;
export type Candidate = Answer<"/api/v1/activities/{activity_id}/candidates", "get", 200>["items"][number];
export type AgreementChoice = Answer<"/api/v1/agreements", "get", 200>["items"][number];

type Sheet = Whole<Answer<"/api/v1/activities/{activity_id}/check-in", "get", 200>>;

export type MyStanding = Omit<Sheet["my"], "presence_label">;
export type CheckInSheet = Omit<Sheet, "activity" | "my"> & { activity: WithFences<Sheet["activity"]>; my: MyStanding };
export type Standing = Whole<Answer<"/api/v1/activities/{activity_id}/check-ins", "post", 200>>;
export type Confirmed = Whole<Answer<"/api/v1/activities/{activity_id}/confirmations", "post", 200>>;
export type CodeKey = Whole<Answer<"/api/v1/activities/{activity_id}/code-key", "get", 200>>;
export type Attendance = Whole<Answer<"/api/v1/activities/{activity_id}/attendance", "get", 200>>;
export type Attendee = Attendance["items"][number];
