/** Members and organisers with their phones: joining, checking in with and without a network. */
import assert from "node:assert/strict";
import test from "node:test";

import type * as Codes from "../../src/domain/check-in-codes";
import { load } from "../domain/load.ts";
import { phoneWith } from "./agreed-phone.ts";
import { ACTIVITY, ActivityService, KEY, TICKET } from "./activity-service.ts";
import type { ScreenlessPage } from "./phone.ts";
import { Phone } from "./phone.ts";
import { problem } from "./service.ts";

const codes = await load<typeof Codes>("domain/check-in-codes");

const HERE = { longitude: 121.474, latitude: 31.2305, accuracy: 25 };

const checkInPage = (phone: Phone): Promise<ScreenlessPage> => phone.open("packages/activities/check-in/index", { id: "7" });
const rotating = (): string => codes.rotatingCode(7, KEY, Date.now());
const waiting = (phone: Phone): object[] => phone.stored<object[]>("check-ins") ?? [];

test("who isn't bound is told how to bind", async () => {
  const service = new ActivityService();
  service.bound = false;
  const phone = await phoneWith(service);
  const page = await phone.open("pages/activities/index");
  assert.equal(page.data["gate"], "unbound");
  await page.call("onGateAction");
  assert.equal(phone.visited.at(-1), "/packages/me/person/index");
});

test("who hasn't agreed to the privacy statement is asked first, and nothing is sent", async () => {
  const service = new ActivityService();
  const phone = new Phone(service);
  await phone.start();
  const page = await phone.open("pages/activities/index");
  assert.equal(page.data["gate"], "consent");
  assert.equal(service.exchanges.length, 0);
});

test("one joins after a confirmation and leaves again", async () => {
  const service = new ActivityService();
  service.activity.starts_at = new Date(Date.now() + 3_600_000).toISOString();
  const phone = await phoneWith(service);
  const page = await phone.open("packages/activities/detail/index", { id: "7" });
  await page.call("onJoin");
  assert.equal(service.sent("/participation").length, 0);
  await page.call("onConfirm");
  assert.match(String(page.data["outcome"]), /报名成功/);
  assert.deepEqual(phone.scrolls, [0]);
  assert.equal((page.data["choices"] as { leave: string }).leave, "取消报名");
  await page.call("onCalendar");
  assert.equal(phone.calendar.length, 1);
  await page.call("onLeave");
  await page.call("onConfirm");
  assert.match(String(page.data["outcome"]), /已取消报名/);
  assert.deepEqual(phone.scrolls, [0, 0]);
});

test("who is there already is led to see the check-in, and not to check in", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await phone.open("packages/activities/detail/index", { id: "7" });
  assert.deepEqual(page.data["checkIn"], { text: "去打卡", quiet: false });
  service.my = { presence: "present", came_at: new Date().toISOString(), left_at: null, kinds: ["code"], doubts: [], message: "" };
  await page.call("onShow");
  assert.deepEqual(page.data["checkIn"], { text: "查看打卡", quiet: true });
});

test("opening the page asks for neither place nor camera", async () => {
  const phone = await phoneWith(new ActivityService());
  await checkInPage(phone);
  assert.equal(phone.placesAsked, 0);
});

test("a scanned code counts at once and its message is shown", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  phone.scanned = { result: rotating() };
  await page.call("onScan");
  assert.equal(page.data["told"], "打卡成功。");
  assert.equal(waiting(phone).length, 0);
  const [sent] = service.sent("/check-ins");
  assert.deepEqual([sent?.body["kind"], sent?.body["phase"]], ["code", "in"]);
});

test("a position goes to the service and is never kept", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  phone.place = HERE;
  const page = await checkInPage(phone);
  await page.call("onPlace");
  const [sent] = service.sent("/check-ins");
  assert.deepEqual([sent?.body["longitude"], sent?.body["latitude"], "inside" in (sent?.body ?? {})], [HERE.longitude, HERE.latitude, false]);
  assert.ok(![...phone.storage.values()].some((text) => text.includes(String(HERE.longitude))));
});

test("without a network the phone judges, and the position leaves it never", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  phone.place = HERE;
  const page = await checkInPage(phone);
  await phone.connect(false);
  await page.call("onPlace");
  assert.match(String(page.data["told"]), /联网后自动提交/);
  assert.ok(![...phone.storage.values()].some((text) => text.includes(String(HERE.longitude))));
  await phone.connect(true);
  const [kept] = [...service.evidence.values()];
  assert.deepEqual([kept?.["inside"], kept?.["accuracy"], kept?.["longitude"]], [true, 25, undefined]);
});

test("a refused position is no fault: other ways are named", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  await page.call("onPlace");
  assert.match(String(page.data["told"]), /没有关系.*扫活动码/);
  assert.equal(page.data["notice"], "");
  assert.equal(service.sent("/check-ins").length, 0);
});

test("who is elsewhere sends nothing", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  phone.place = { longitude: 121.6, latitude: 31.2, accuracy: 20 };
  const page = await checkInPage(phone);
  await page.call("onPlace");
  assert.match(String(page.data["notice"]), /不在活动地点的范围内/);
  assert.equal(service.sent("/check-ins").length, 0);
});

test("a check-in outlives the program and is delivered once", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  service.upset("/check-ins", "lost");
  phone.scanned = { result: rotating() };
  await page.call("onScan");
  assert.equal(waiting(phone).length, 1);
  await phone.start();
  await phone.quiet();
  assert.equal(waiting(phone).length, 0);
  assert.equal(service.sent("/check-ins").length, 2);
  assert.equal(service.evidence.size, 1);
});

test("a refusal is final and keeps the service's words", async () => {
  const service = new ActivityService();
  service.upset("/check-ins", problem(422, "code_forged", "打卡码无效。"));
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  phone.scanned = { result: rotating() };
  await page.call("onScan");
  const [refused] = page.data["waiting"] as { message: string; warn: boolean; key: string }[];
  assert.deepEqual([refused?.message, refused?.warn], ["打卡码无效。", true]);
  await phone.connect(true);
  assert.equal(service.sent("/check-ins").length, 1);
  await page.call("onDismiss", { currentTarget: { dataset: { key: refused?.key } } });
  assert.equal(waiting(phone).length, 0);
});

test("a photo is uploaded and then shown as evidence", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  phone.pictures = [{ tempFilePath: "tmp/a.jpg", size: 1000 }];
  await page.call("onPhoto");
  assert.equal(service.sent("/check-ins")[0]?.body["picture"], "picture-1");
  assert.equal(phone.files.size, 0);
});

test("a code of another activity is told apart without asking the service", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  phone.scanned = { result: codes.rotatingCode(8, KEY, Date.now()) };
  await page.call("onScan");
  assert.match(String(page.data["notice"]), /另一个活动/);
  assert.equal(service.sent("/check-ins").length, 0);
});

test("both phones without a network make a proof, and whichever comes first delivers it", async () => {
  const service = new ActivityService();
  const [member, organiser] = [await phoneWith(service), await phoneWith(service)];
  const page = await checkInPage(member);
  const desk = await organiser.open("packages/activities/organise/index", { id: "7" });
  await Promise.all([member.connect(false), organiser.connect(false)]);
  await page.call("onShowMine");
  const shown = codes.parseCode(String(page.data["ownCode"]));
  assert.ok(shown?.kind === "member" && codes.isSignedWith(shown.text, TICKET.key));
  assert.ok(member.screenOn);
  organiser.scanned = { result: shown.text };
  await desk.call("onScan");
  const query = new URLSearchParams(organiser.visited.at(-1)?.split("?")[1]);
  const proving = await organiser.open("packages/activities/proof/index", { id: "7", code: encodeURIComponent(query.get("code") ?? "") });
  const proof = String(proving.data["proof"]);
  assert.ok(codes.isSignedWith(proof, KEY));
  member.scanned = { result: proof };
  await page.call("onScan");
  assert.deepEqual([waiting(member).length, waiting(organiser).length], [1, 1]);
  await member.connect(true);
  await organiser.connect(true);
  assert.deepEqual([waiting(member).length, waiting(organiser).length, service.proofs.size], [0, 0, 1]);
  assert.equal(page.data["told"], "打卡成功。");
  for (const [opened, phone] of [[page, member], [proving, organiser], [desk, organiser]] as const) {
    await opened.call("onUnload");
    assert.ok(!phone.screenOn);
  }
});

test("confirming a peer asks first", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  const peer = codes.memberCode({ activity: 7, ticket: "ff".repeat(8), phase: "in", now: Date.now(), nonce: new Uint8Array(5) }, KEY);
  phone.scanned = { result: peer };
  await page.call("onScan");
  assert.equal(service.sent("/confirmations").length, 0);
  await page.call("onPeerConfirmed");
  assert.equal(service.sent("/confirmations")[0]?.body["code"], peer);
  assert.equal(page.data["told"], "已为同伴确认。");
});

const peerCode = (): string =>
  codes.memberCode({ activity: 7, ticket: "ff".repeat(8), phase: "in", now: Date.now(), nonce: new Uint8Array(5) }, KEY);

async function confirmPeer(phone: Phone, page: ScreenlessPage): Promise<void> {
  phone.scanned = { result: peerCode() };
  await page.call("onScan");
  await page.call("onPeerConfirmed");
}

test("one's own check-in is delivered before the confirmation of a peer, whichever was made first", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  await phone.connect(false);
  await confirmPeer(phone, page);
  phone.scanned = { result: rotating() };
  await page.call("onScan");
  assert.equal(waiting(phone).length, 2);
  await phone.connect(true);
  const sent = service.exchanges.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));
  assert.deepEqual(sent.slice(-2), ["check-ins", "confirmations"]);
  assert.equal(waiting(phone).length, 0);
});

for (const code of ["peer_not_present", "peer_only_vouched_for"]) {
  test(`a confirmation refused with ${code} is sent again after one's own check-in that still waits`, async () => {
    const service = new ActivityService();
    const phone = await phoneWith(service);
    const [page, other] = [await checkInPage(phone), await checkInPage(phone)];
    service.upset("/check-ins", problem(429, "too_many_requests", "稍候", { "Retry-After": "1" }));
    service.upset("/confirmations", problem(409, code, "请先完成您自己的打卡。"));
    // The own check-in is made while the confirmation is under way.
    service.onExchange = ({ path }) => {
      if (!path.endsWith("/confirmations")) return;
      service.onExchange = () => undefined;
      phone.scanned = { result: rotating() };
      void other.call("onScan");
    };
    await confirmPeer(phone, page);
    const kept = phone.stored<{ state: string; message: string; evidence: { kind: string } }[]>("check-ins");
    assert.deepEqual(kept.map(({ evidence, state }) => [evidence.kind, state]), [["confirmation", "waiting"], ["code", "waiting"]]);
    assert.match(kept[0]?.message ?? "", /您自己的打卡/);
    await page.call("onSend");
    assert.deepEqual([waiting(phone).length, service.sent("/check-ins").length, service.sent("/confirmations").length], [0, 2, 2]);
    assert.equal(page.data["told"], "已为同伴确认。");
  });
}

test("a confirmation is refused for good where no own check-in waits", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const page = await checkInPage(phone);
  service.upset("/confirmations", problem(409, "peer_not_present", "请先完成您自己的打卡。"));
  await confirmPeer(phone, page);
  await phone.connect(true);
  const kept = phone.stored<{ state: string }[]>("check-ins");
  assert.deepEqual([kept.map(({ state }) => state), service.sent("/confirmations").length], [["refused"], 1]);
});

test("the organiser's code shows without a network, by the service's clock", async () => {
  const service = new ActivityService();
  service.ahead = 3 * 3_600_000;
  const phone = await phoneWith(service);
  const desk = await phone.open("packages/activities/organise/index", { id: "7" });
  await phone.connect(false);
  const page = await phone.open("packages/activities/code/index", { id: "7", title: "" });
  const shown = codes.parseCode(String(page.data["code"]));
  assert.ok(shown?.kind === "rotating" && codes.isSignedWith(shown.text, KEY));
  assert.ok(Math.abs(shown.step - codes.stepAt(Date.now() + service.ahead)) <= 1);
  assert.match(String(page.data["clock"]), /慢了约 3 小时/);
  assert.ok(phone.screenOn);
  await page.call("onUnload");
  await desk.call("onUnload");
  assert.ok(!phone.screenOn);
});

test("who is no organiser any more loses the activity's key", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  const first = await phone.open("packages/activities/code/index", { id: "7", title: "" });
  await first.call("onUnload");
  assert.match(phone.storage.get("ronghe.code-keys") ?? "", new RegExp(KEY));
  service.upset("/code-key", problem(403, "not_allowed", "您没有权限进行这一步。"));
  const second = await phone.open("packages/activities/code/index", { id: "7", title: "" });
  await second.call("onUnload");
  assert.ok(![...phone.storage.values()].some((text) => text.includes(KEY)));
});

test("a code scanned on the first page leads to its activity", async () => {
  const phone = await phoneWith(new ActivityService());
  const home = await phone.open("pages/home/index");
  phone.scanned = { result: rotating() };
  await home.call("onScan");
  assert.match(phone.visited.at(-1) ?? "", /^\/packages\/activities\/check-in\/index\?id=7&code=RH1/);
  const query = new URLSearchParams(phone.visited.at(-1)?.split("?")[1]);
  const page = await phone.open("packages/activities/check-in/index", { id: "7", code: encodeURIComponent(query.get("code") ?? "") });
  assert.equal(page.data["told"], "打卡成功。");
});

test("erasing the account takes keys and waiting check-ins with it", async () => {
  const service = new ActivityService();
  const phone = await phoneWith(service);
  await checkInPage(phone);
  assert.match(phone.storage.get("ronghe.check-in-sheets") ?? "", new RegExp(TICKET.key));
  const me = await phone.open("pages/me/index");
  await me.call("onDeleteConfirmed");
  assert.ok(![...phone.storage.values()].some((text) => text.includes(TICKET.key)));
});

test("a draft is checked before it is sent", async () => {
  const service = new ActivityService();
  service.upset("/organisable", { status: 200, data: { items: [{ id: 3, name: "第一党支部" }], next_cursor: null } });
  service.upset("/person-groups", { status: 200, data: { items: [] } });
  service.upset("POST /activities", { status: 201, data: { ...ACTIVITY, id: 9 } });
  const phone = await phoneWith(service);
  const page = await phone.open("packages/activities/edit/index");
  await page.call("onSave");
  assert.match(String(page.data["notice"]), /还有 2 处/);
  for (const field of ["title", "place"]) await page.call("onText", { currentTarget: { dataset: { field } }, detail: { value: "望江社区" } });
  await page.call("onSave");
  assert.equal(service.sent("POST /activities")[0]?.body["organiser"], 3);
  assert.equal(phone.visited.at(-1), "/packages/activities/organise/index?id=9");
});
