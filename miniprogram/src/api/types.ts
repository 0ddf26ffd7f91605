/**
 * What the service takes and gives, under the names that the pages use.
 *
 * The one place that knows the shape of the contract: everything else imports from here.
 */
import type { Level, OverallLevel } from "../domain/levels";

export type CampaignKind = "survey" | "service";

export type Channel =
  | "open"
  | "service_centre"
  | "enterprise_online"
  | "sample"
  | "hotline"
  | "community"
  | "village";

export interface Named {
  id: number;
  name: string;
}

export interface Role {
  role: string;
  organisation: Named;
}

export interface Member {
  id: string;
  roles: Role[];
  privacy_version: string | null;
}

export interface Session {
  token: string;
  /** Seconds. */
  expires_in: number;
  member: Member;
}

export interface Campaign {
  id: number;
  title: string;
  kind: CampaignKind;
  state: "draft" | "open" | "closed";
  opens_at: string;
  closes_at: string;
  channels: Channel[];
  description: string;
  paused: boolean;
  department_count: number;
}

export interface Department {
  id: number;
  name: string;
  short_name: string;
  kind: string;
  enterprise_facing: boolean;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Leaf {
  id: number;
  code: string;
  name: string;
  question: string;
  heading: string;
}

export interface RatingForm {
  campaign: { id: number; title: string; kind: CampaignKind; closes_at: string; channels: Channel[] };
  department: Named & { enterprise_facing: boolean };
  leaves: Leaf[];
  tags: { good: string[]; poor: string[] };
  limits: { comment: number; photos: number; photo_bytes: number };
}

/** What a scanned code or a typed visit code stands for. */
export interface Entry {
  kind: "department" | "counter" | "code";
  campaign: { id: number; title: string; kind: CampaignKind } | null;
  department: Named;
  counter: Named | null;
  channel: Channel;
  used: boolean;
}

export interface Photo {
  id: string;
  width: number;
  height: number;
}

export interface Contact {
  name: string;
  phone: string;
}

/** A correction of a rating: a rating without the parts that can't change. */
export interface Correction {
  overall: OverallLevel;
  /** By leaf id; every leaf of the form exactly once. */
  levels: Record<string, Level>;
  tags: string[];
  comment: string;
  photos: string[];
  contact: Contact | null;
}

export interface Submission extends Correction {
  department: number;
  enterprise: number | null;
  counter: string | null;
  code: string | null;
}

export interface Accepted {
  campaign: { id: number; title: string };
  department: Named;
  channel: Channel;
  rated_on: string;
}

export type ReceiptState = "counted" | "excluded" | "withdrawn";
export type CommentState = "none" | "waiting" | "shown" | "held";

/** What a receipt opens. It never carries a level. */
export interface Receipt extends Accepted {
  state: ReceiptState;
  exclusion_reason: string | null;
  revision: number;
  comment_state: CommentState;
  may_change: boolean;
  closes_at: string;
}

export interface ClosedCampaign {
  id: number;
  title: string;
  kind: CampaignKind;
  closed_on: string;
  settled: boolean;
}

export interface ChannelResult {
  channel: Channel;
  withheld: boolean;
  count: number | null;
  /** Ratings by level, "5" to "1". */
  distribution: Record<string, number> | null;
  /** A decimal with two places. */
  score: string | null;
  excluded: Record<string, number> | null;
}

export interface DepartmentResult extends Named {
  channels: ChannelResult[];
}

export interface CampaignResults {
  campaign: { id: number; title: string };
  settled: boolean;
  smallest_group: number;
  level_scores: Record<string, number>;
  departments: DepartmentResult[];
}

export interface LeafChannelResult {
  channel: Channel;
  withheld: boolean;
  count: number | null;
  unknown: number | null;
  mean_score: string | null;
}

export interface LeafResult {
  code: string;
  name: string;
  heading: string;
  channels: LeafChannelResult[];
}

export interface DepartmentResultDetail extends DepartmentResult {
  leaves: LeafResult[];
}
