/** Drawing up and changing an activity: its pictures, its parties, its places. */
import assert from "node:assert/strict";
import test from "node:test";

import type { ActivityForm } from "../../src/domain/activity-form";
import type { ShownPhoto } from "../../src/domain/photos";
import { phoneWith } from "./agreed-phone.ts";
import { ACTIVITY, ActivityService } from "./activity-service.ts";
import type { Phone, ScreenlessPage } from "./phone.ts";
import type { Answer, Exchange } from "./service.ts";
import { problem } from "./service.ts";

const HOST = { id: 3, name: "第一党支部" };
const OTHER_HOST = { id: 4, name: "机关党委" };
const AGREEMENT = { id: 12, title: "结对共建协议" };
const PICTURES = [{ id: "p1", address: "/pictures/p1" }, { id: "p2", address: null }];

class EditService extends ActivityService {
  protected override usual(exchange: Exchange): Answer {
    const call = `${exchange.method} ${exchange.path}`;
    if (call === "GET /organisable") return { status: 200, data: { items: [HOST, OTHER_HOST], next_cursor: null } };
    if (call === "GET /person-groups") return { status: 200, data: { items: [] } };
    if (call === `GET /agreements?organiser=${HOST.id}`) return { status: 200, data: { items: [AGREEMENT] } };
    if (call.startsWith("GET /agreements")) return { status: 200, data: { items: [] } };
    if (call === "PUT /activities/7") return { status: 200, data: { ...this.activity, revision: 2 } };
    return super.usual(exchange);
  }
}

async function opened(service: EditService): Promise<[Phone, ScreenlessPage]> {
  Object.assign(service.activity, { pictures: PICTURES });
  const phone = await phoneWith(service);
  return [phone, await phone.open("packages/activities/edit/index", { id: "7" })];
}

const formOf = (page: ScreenlessPage): ActivityForm => page.data["form"] as ActivityForm;
const photosOf = (page: ScreenlessPage): ShownPhoto[] => page.data["photos"] as ShownPhoto[];
const change = (page: ScreenlessPage, values: Partial<ActivityForm>): Promise<unknown> => page.call("onChange", { detail: { change: values } });
const sentBy = (service: EditService): Record<string, unknown> => service.sent("PUT /activities/7").at(-1)?.body ?? {};

async function saved(service: EditService, page: ScreenlessPage): Promise<Record<string, unknown>> {
  await page.call("onSave");
  assert.equal(page.data["notice"], "");
  return sentBy(service);
}

test("pictures that were not touched are left as they are", async () => {
  const service = new EditService();
  const [, page] = await opened(service);
  assert.deepEqual(photosOf(page).map(({ id, unseen }) => [id, unseen === true]), [["p1", false], ["p2", true]]);
  const sent = await saved(service, page);
  assert.deepEqual([sent["pictures"], sent["revision"]], [null, 1]);
});

test("pictures are added, moved and removed, and sent in their order", async () => {
  const service = new EditService();
  const [phone, page] = await opened(service);
  phone.pictures = [{ tempFilePath: "tmp/new.jpg", size: 1000 }];
  await page.call("onAddPhotos");
  const [first, , added] = photosOf(page);
  assert.equal(service.sent("POST /pictures").length, 1);
  await page.call("onForwardPhoto", { detail: { path: added?.path } });
  await page.call("onRemovePhoto", { detail: { path: first?.path } });
  assert.deepEqual((await saved(service, page))["pictures"], ["picture-1", "p2"]);
});

test("a picture that waited for a network goes with the form, which waits for it", async () => {
  const service = new EditService();
  const [phone, page] = await opened(service);
  phone.pictures = [{ tempFilePath: "tmp/new.jpg", size: 1000 }];
  await phone.connect(false);
  await page.call("onAddPhotos");
  assert.equal(photosOf(page)[2]?.state, "waiting");
  await page.call("onSave");
  assert.match(String(page.data["notice"]), /联网后再保存/);
  await phone.connect(true);
  assert.deepEqual((await saved(service, page))["pictures"], ["p1", "p2", "picture-1"]);
});

test("a picture that the service refused holds the form back", async () => {
  const service = new EditService();
  const [phone, page] = await opened(service);
  phone.pictures = [{ tempFilePath: "tmp/new.jpg", size: 1000 }];
  service.upset("POST /pictures", problem(422, "picture_unreadable", "这不是图片。"));
  await page.call("onAddPhotos");
  await page.call("onSave");
  assert.match(String(page.data["notice"]), /没有传上去/);
  assert.equal(service.sent("PUT /activities/7").length, 0);
});

test("partners, the community and an agreement are sent by their numbers", async () => {
  const service = new EditService();
  const [, page] = await opened(service);
  assert.deepEqual(page.data["offered"], [AGREEMENT]);
  await change(page, { partners: [{ id: 9, name: "第二党支部" }], community: { id: 21, name: "望江社区" }, agreement: AGREEMENT });
  const sent = await saved(service, page);
  assert.deepEqual([sent["partners"], sent["community"], sent["agreement"]], [[9], 21, 12]);
});

test("another organiser brings its own agreements", async () => {
  const service = new EditService();
  const [, page] = await opened(service);
  await change(page, { agreement: AGREEMENT });
  await page.call("onOrganiser", { detail: { organiser: OTHER_HOST.id } });
  assert.deepEqual([formOf(page).organiser, formOf(page).agreement, page.data["offered"]], [OTHER_HOST.id, null, []]);
});

test("a form without its agreements can still be saved", async () => {
  const service = new EditService();
  Object.assign(service.activity, { agreement: AGREEMENT });
  service.upset("GET /agreements", problem(503, "unavailable"));
  const [, page] = await opened(service);
  assert.equal((await saved(service, page))["agreement"], AGREEMENT.id);
});

test("a polygon that is not finished holds the form back", async () => {
  const service = new EditService();
  const [, page] = await opened(service);
  await page.call("onDrawing", { detail: { unfinished: true } });
  await page.call("onSave");
  assert.match(String(page.data["notice"]), /没有画完/);
  await page.call("onDrawing", { detail: { unfinished: false } });
  const corners: [number, number][] = [[121.47, 31.23], [121.48, 31.23], [121.48, 31.24]];
  await change(page, { fences: [...ACTIVITY.fences as ActivityForm["fences"], { name: "地点 2", shape: "polygon", corners }] });
  assert.equal(((await saved(service, page))["fences"] as object[]).length, 2);
});
