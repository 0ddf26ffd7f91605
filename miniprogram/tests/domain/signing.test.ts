import assert from "node:assert/strict";
import test from "node:test";

import type { OwnPairings, RatingForm } from "../../src/api/types";
import type * as Drafts from "../../src/domain/drafts";
import type * as Home from "../../src/domain/home";
import type * as Invitation from "../../src/domain/invitation";
import type * as Rating from "../../src/domain/rating";
import type * as Signing from "../../src/domain/signing";
import { load } from "./load.ts";

const drafts = await load<typeof Drafts>("domain/drafts");
const home = await load<typeof Home>("domain/home");
const invitation = await load<typeof Invitation>("domain/invitation");
const rating = await load<typeof Rating>("domain/rating");
const signing = await load<typeof Signing>("domain/signing");

const COMMUNITY = { id: 40, name: "滨江社区" };
const SIGNED = { counter: null, code: null, organisation: COMMUNITY };
const PERSONAL = { counter: null, code: null };
const FILLED = { ...rating.emptyRating(), overall: 4 as const, levels: { "11": 5 as const } };

test("a signed rating names its organisation and carries neither a contact nor an enterprise", () => {
  const named = { ...FILLED, identity: "named" as const, contact: { name: "王女士", phone: "13800138000" }, enterprise: 30 };
  const sent = rating.submissionOf(named, 7, SIGNED, []);
  assert.deepEqual([sent.organisation, sent.contact, sent.enterprise], [40, null, null]);
  const own = rating.submissionOf(named, 7, PERSONAL, []);
  assert.deepEqual([own.organisation, own.contact?.name, own.enterprise], [null, "王女士", 30]);
});

test("under a community's name there is nothing to choose", () => {
  const form = {
    campaign: { channels: ["community", "enterprise_online"] },
    department: { enterprise_facing: true },
  } as unknown as RatingForm;
  assert.deepEqual(rating.standingOf(form, SIGNED, [{ id: 30, name: "某某公司" }]), { personal: true, enterprises: [] });
  assert.equal(rating.standingProblem({ personal: true, enterprises: [] }, FILLED), "");
});

test("the summary of a signed rating says who signs, and nothing of a contact", () => {
  const names = rating.summaryOf(FILLED, "满意", 0, null, COMMUNITY.name).map(({ name, value }) => `${name}=${value}`);
  assert.ok(names.includes("署名=滨江社区"));
  assert.ok(!names.some((name) => /名义|联系方式/.test(name)));
});

test("drafts of one department in two names are two, and those of before keep their name", () => {
  assert.equal(drafts.draftName(1, 7, PERSONAL), "1/7//");
  assert.notEqual(drafts.draftName(1, 7, SIGNED), drafts.draftName(1, 7, PERSONAL));
  assert.notEqual(drafts.draftName(1, 7, SIGNED), drafts.draftName(1, 7, { ...SIGNED, organisation: { id: 41, name: "东门社区" } }));
});

test("the notice says who sees the name and that the person is not kept", () => {
  const words = signing.signedNotice("滨江社区").join("");
  for (const part of ["滨江社区", "评价办和被评部门", "您个人的身份不会保存", "换没换代表都一样"]) assert.ok(words.includes(part), part);
});

test("ratings of organisations are told by their channel", () => {
  assert.deepEqual(
    ["community", "village", "enterprise_online", "open", "sample", "service_centre"].map(signing.isOfOrganisation),
    [true, true, true, false, false, false],
  );
});

test("what is shown of pairings leads to the receipt of the same organisation alone", () => {
  const pairings: OwnPairings = {
    items: [
      {
        ...COMMUNITY, kind: "community",
        campaigns: [{
          id: 1, title: "评价", closes_at: "2026-12-31T18:00:00+08:00", paused: false,
          departments: [{ id: 7, name: "市税务局", rated: true }, { id: 8, name: "公安局", rated: false }],
        }],
      },
      { id: 41, name: "东门社区", kind: "community", campaigns: [] },
    ],
  };
  const kept = { key: "k", secret: "s", campaign: { id: 1, title: "评价" }, department: "市税务局", ratedOn: "2026-11-23" };
  const now = Date.parse("2026-12-01T00:00:00+08:00");
  const shown = (signedBy?: string) =>
    signing.signingOrganisations(pairings, [signedBy === undefined ? kept : { ...kept, signedBy }], now)[0]?.campaigns[0];
  assert.equal(shown()?.departments[0]?.receipt, "");
  assert.equal(shown("东门社区")?.departments[0]?.receipt, "");
  assert.equal(shown("滨江社区")?.departments[0]?.receipt, "k");
  assert.equal(shown()?.waiting, 1);
});

test("a hand-over's QR code leads to the binding page, and others are not taken for one", () => {
  assert.equal(invitation.handOverCodeOf(invitation.handOverText("ABCD-1234-EFGH")), "ABCD-1234-EFGH");
  assert.equal(home.pathBeside("hand:abcd1234efgh"), "/packages/me/invitation/index?code=ABCD-1234-EFGH");
  for (const other of ["ABCD-1234-EFGH", "bind:ABCD-1234-EFGH", "hand:no", "d12"]) assert.equal(invitation.handOverCodeOf(other), null, other);
});

test("the time that is left is told in minutes and seconds and never below nothing", () => {
  assert.equal(invitation.timeLeftOf(90_000, 0), "1 分 30 秒");
  assert.equal(invitation.timeLeftOf(61_001, 0), "1 分 02 秒");
  assert.equal(invitation.timeLeftOf(0, 5_000), "0 分 00 秒");
});
