/**
 * What the service takes and gives, under the names that the pages use.
 *
 * All of it is taken from schema.d.ts, which is generated from the service's OpenAPI document
 * (`npm run types`), by address, method and status: where the service changes, this stops compiling.
 */
import type { paths } from "./schema";

type Method = "get" | "post" | "put" | "delete";

export type Answer<Path extends keyof paths, Verb extends Method, Status extends number> = paths[Path][Verb] extends {
  responses: { [S in Status]: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

export type Body<Path extends keyof paths, Verb extends Method> = paths[Path][Verb] extends {
  requestBody?: { content: { "application/json": infer Sent } };
}
  ? Sent
  : never;

/** The tags are words of the form, which the service alone knows; the rest is always sent. */
type Filled<Sent extends { tags?: unknown; photos?: unknown }> = Omit<Sent, "tags" | "photos"> & {
  tags: string[];
  photos: string[];
};

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export type Session = Answer<"/api/v1/sessions", "post", 201>;
export type Member = Answer<"/api/v1/me", "get", 200>;
export type Role = Answer<"/api/v1/invitations/redemptions", "post", 201>;
export type Named = Role["organisation"];
/** A hand-over's code, told once. */
export type HandOverCode = Answer<"/api/v1/me/representations/{organisation_id}/hand-over", "post", 201>;
export type HandOver = Answer<"/api/v1/me/representations/{organisation_id}/hand-over", "get", 200>;
/** What a representative may rate in the name of a community or village. */
export type OwnPairings = Answer<"/api/v1/me/pairings", "get", 200>;

export type CampaignList = Answer<"/api/v1/campaigns", "get", 200>;
export type Campaign = Answer<"/api/v1/campaigns/{campaign_id}", "get", 200>;
export type DepartmentPage = Answer<"/api/v1/campaigns/{campaign_id}/departments", "get", 200>;
export type Department = DepartmentPage["items"][number];

export type RatingForm = Answer<"/api/v1/campaigns/{campaign_id}/departments/{department_id}/form", "get", 200>;
export type Leaf = RatingForm["leaves"][number];

/** What a scanned code or a typed visit code stands for. */
export type Entry = Answer<"/api/v1/entries", "post", 200>;
export type Photo = Answer<"/api/v1/campaigns/{campaign_id}/photos", "post", 201>;

/** A correction of a rating: a rating without the parts that can't change. */
export type Correction = Filled<Body<"/api/v1/campaigns/{campaign_id}/receipt", "put">>;
export type Submission = Filled<Body<"/api/v1/campaigns/{campaign_id}/evaluations", "post">>;
export type LogKey = Answer<"/api/v1/log/key", "get", 200>;
export type Contact = NonNullable<Submission["contact"]>;
export type Accepted = Answer<"/api/v1/campaigns/{campaign_id}/evaluations", "post", 201>;

/** What a receipt opens. It never carries a level. */
export type Receipt = Answer<"/api/v1/campaigns/{campaign_id}/receipt", "get", 200>;
/** The case behind a receipt; its `case` is null where the rating has none. */
export type ReceiptCaseAnswer = Answer<"/api/v1/campaigns/{campaign_id}/receipt/case", "get", 200>;
export type RaterCase = NonNullable<ReceiptCaseAnswer["case"]>;

export type ClosedCampaignList = Answer<"/api/v1/results", "get", 200>;
export type ClosedCampaign = ClosedCampaignList["items"][number];
export type CampaignResults = Answer<"/api/v1/campaigns/{campaign_id}/results", "get", 200>;
export type DepartmentResult = CampaignResults["departments"][number];
export type ChannelResult = DepartmentResult["channels"][number];
export type DepartmentResultDetail = Answer<"/api/v1/campaigns/{campaign_id}/results/{department_id}", "get", 200>;
export type LeafResult = DepartmentResultDetail["leaves"][number];
export type LeafChannelResult = LeafResult["channels"][number];
export type PublishedScore = NonNullable<DepartmentResult["score"]>;
export type ScoreTree = Answer<"/api/v1/campaigns/{campaign_id}/scores/{department_id}", "get", 200>;

export type ListedQuarter = Answer<"/api/v1/quarters", "get", 200>["items"][number];
export type PublishedQuarter = Answer<"/api/v1/quarters/{quarter}", "get", 200>;
export type QuarterGroup = PublishedQuarter["groups"][number];
export type QuarterDepartment = QuarterGroup["departments"][number];
export type QuarterScore = NonNullable<QuarterDepartment["campaigns"][number]["score"]>;
export type QuarterCases = QuarterDepartment["cases"];
