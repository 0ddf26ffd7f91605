import type { Answer, Body } from "./types";

export type DeskLink = Answer<"/api/v1/me/desk-link", "get", 200>;
export type DeskSession = Answer<"/api/v1/me/desk-sessions", "post", 201>;
export type DeskRole = DeskSession["roles"][number];

export type CasePage = Answer<"/api/v1/desk/cases", "get", 200>;
export type Case = CasePage["items"][number];
export type CaseDetail = Answer<"/api/v1/desk/cases/{case_id}", "get", 200>;
export type CaseLine = CaseDetail["timeline"][number];
export type CaseOrigin = CaseDetail["origins"][number];
export type CaseStep = CaseDetail["steps"][number];
export type CaseRating = Answer<"/api/v1/desk/case-origins/{origin_id}/rating", "get", 200>;
export type CaseContact = Answer<"/api/v1/desk/case-origins/{origin_id}/contact", "post", 200>;
export type Outcome = Body<"/api/v1/desk/case-origins/{origin_id}/callbacks", "post">["outcome"];

export type HeldPage = Answer<"/api/v1/desk/held-comments", "get", 200>;
export type HeldComment = HeldPage["items"][number];

export type Preferences = Answer<"/api/v1/me/notice-preferences", "get", 200>;
export type Preference = Preferences["items"][number];
export type Mode = Preference["mode"];
