/** An organiser's page: correcting who was there, cancelling, and what has to wait for its time. */
import assert from "node:assert/strict";
import test from "node:test";

import { phoneWith } from "./agreed-phone.ts";
import { ActivityService } from "./activity-service.ts";
import type { Phone, ScreenlessPage } from "./phone.ts";


const HOUR = 3_600_000;
const PRESENT = {
  person: "p1", name: "张三", branch: "第一党支部", number: 1, standing: "joined", presence: "present", kinds: ["code"], doubts: [],
  doubt_labels: [], marks: [], pictures: [], left: false, decided: false,
};
const TAP = { currentTarget: { dataset: { person: PRESENT.person, name: PRESENT.name } } };

/** The page looks at the roster every few seconds until it is left. */
async function withDesk(service: ActivityService, use: (desk: ScreenlessPage, phone: Phone) => Promise<void>): Promise<void> {
  const phone = await phoneWith(service);
  const desk = await phone.open("packages/activities/organise/index", { id: "7" });
  try {
    await use(desk, phone);
  } finally {
    await desk.call("onUnload");
  }
}

test("who is there is corrected to absent only after a confirmation", async () => {
  const service = new ActivityService();
  service.roster = [PRESENT];
  await withDesk(service, async (desk) => {
    await desk.call("onCorrect", TAP);
    assert.deepEqual([desk.data["asking"], desk.data["askedName"]], ["correct", "张三"]);
    assert.equal(service.sent("/decision").length, 0);
    await desk.call("onDismiss");
    assert.equal(service.sent("/decision").length, 0);
    await desk.call("onCorrect", TAP);
    await desk.call("onCorrectConfirmed");
    assert.deepEqual(service.sent("/p1/decision").map(({ body }) => body), [{ present: false, phase: "in" }]);
    assert.equal(desk.data["asking"], "");
  });
});

test("a person is removed only after a confirmation", async () => {
  const service = new ActivityService();
  service.upset("DELETE /activities/7/participants/p1", { status: 204, data: null });
  await withDesk(service, async (desk) => {
    await desk.call("onRemove", TAP);
    assert.equal(service.sent("/participants/p1").length, 0);
    await desk.call("onRemoveConfirmed");
    assert.equal(service.sent("/participants/p1").length, 1);
  });
});

test("an activity isn't cancelled without a reason: its dialog stays open and says so", async () => {
  const service = new ActivityService();
  service.activity.taken = 1;
  await withDesk(service, async (desk) => {
    await desk.call("onCancelActivity");
    await desk.call("onReason", { detail: { value: "  " } });
    await desk.call("onCancelConfirmed");
    assert.equal(desk.data["asking"], "cancel");
    assert.match(String(desk.data["reasonNotice"]), /请写明取消的原因/);
    assert.equal(service.sent("/cancellation").length, 0);
    await desk.call("onReason", { detail: { value: "暴雨" } });
    assert.equal(desk.data["reasonNotice"], "");
    await desk.call("onCancelConfirmed");
    assert.equal(service.sent("/cancellation")[0]?.body["reason"], "暴雨");
    assert.deepEqual([desk.data["asking"], desk.data["places"]], ["", ""]);
  });
});

test("before check-in opens the page says from when presence can be confirmed", async () => {
  const service = new ActivityService();
  service.activity.starts_at = new Date(Date.now() + 3 * HOUR).toISOString();
  await withDesk(service, async (desk) => assert.match(String(desk.data["confirming"]), /起可以确认到场/));
  service.activity.starts_at = new Date(Date.now() + HOUR).toISOString();
  await withDesk(service, async (desk) => assert.equal(desk.data["confirming"], ""));
});

test("the code's page names its activity, however it was opened", async () => {
  const service = new ActivityService();
  await withDesk(service, async (_desk, phone) => {
    const page = await phone.open("packages/activities/code/index", { id: "7" });
    assert.equal(page.data["title"], service.activity.title);
    await page.call("onUnload");
  });
});
