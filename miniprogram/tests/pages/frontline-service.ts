/** A stand-in for the service's frontline log, persons and notices, beside that of ratings. */
import type { Answer, Exchange } from "./service.ts";
import { problem, Service } from "./service.ts";

export const BRANCH = { id: 3, name: "第一党支部" };
export const PERSON = { id: "p1", name: "吕静", branch: BRANCH, post: "member", post_label: "党员", groups: [] };
export const CODE = "ABCD-1234-EFGH";

type Json = Record<string, unknown>;

export class FrontlineService extends Service {
  bound = true;
  /** By id, as the service keeps them. */
  readonly entries = new Map<string, Json>();
  readonly readings: unknown[] = [];

  protected override usual(exchange: Exchange): Answer {
    return this.ofLog(exchange) ?? super.usual(exchange);
  }

  private ofLog({ method, path, body }: Exchange): Answer | null {
    const call = `${method} ${path}`;
    if (call === "GET /me/person") return { status: 200, data: { person: this.bound ? PERSON : null } };
    if (call.startsWith("POST /me/person-binding")) return this.bind(body);
    if (call === "DELETE /me/person-binding") return this.unbind();
    if (path.startsWith("/me/notices")) return this.notices(method, body);
    if (call === "GET /message-templates") return { status: 200, data: { items: [{ kind: "entry_reviewed", template_id: "t1" }] } };
    if (call === "POST /me/message-consents") return { status: 204 };
    if (call.startsWith("GET /activities")) return { status: 200, data: { items: [], next_cursor: null } };
    if (call === "POST /pictures") return { status: 201, data: { id: `picture-${this.sent("POST /pictures").length}`, width: 1, height: 1 } };
    if (path.startsWith("/frontline/entries")) return this.ofEntries(method, path, body);
    return this.ofEffects(call, body);
  }

  private bind(body: Json): Answer {
    const right = body["code"] === CODE || String(body["phone_code"] ?? "").startsWith("sandbox:");
    this.bound = right;
    return right ? { status: 201, data: PERSON } : problem(404, "binding_code_unknown", "绑定码不正确。");
  }

  private unbind(): Answer {
    this.bound = false;
    return { status: 204 };
  }

  private notices(method: string, body: Json): Answer {
    if (method === "POST") {
      this.readings.push(body["ids"]);
      return { status: 204 };
    }
    const notice = {
      id: "n1", kind: "entry_reviewed", kind_label: "一线日志审核", title: "退回", body: "请补充", page: "packages/frontline/entry/index?id=e1",
      created_at: "2026-11-23T08:00:00+08:00", read: false,
    };
    return { status: 200, data: { items: [notice], unread: 1, next_cursor: null } };
  }

  private ofEntries(method: string, path: string, body: Json): Answer {
    const [, id, rest] = /^\/frontline\/entries\/([^/?]+)(?:\/(\w+))?/.exec(path) ?? [];
    if (id === undefined) return { status: 200, data: { items: [...this.entries.values()], next_cursor: null } };
    if (rest === "reviews") return this.review(id, body);
    if (rest === "duplicates") return { status: 200, data: { items: [...this.entries.values()].filter((entry) => entry["id"] !== id) } };
    if (method === "PUT") return this.put(id, body);
    const entry = this.entries.get(id);
    return entry === undefined ? problem(404, "entry_unknown") : { status: 200, data: entry };
  }

  private put(id: string, body: Json): Answer {
    if (!this.bound) return problem(403, "person_not_bound", "请先绑定党员身份。");
    const before = this.entries.get(id);
    this.add(id, { ...body, activity: null, community: null, units: [] });
    return { status: before ? 200 : 201, data: this.entries.get(id) };
  }

  add(id: string, change: Json = {}): void {
    this.entries.set(id, {
      state: "submitted", state_label: "待支部审核", branch: BRANCH, author: "吕静", activity: null, community: null, happened_on: "2026-11-20",
      place: "望江社区", came: "", units: [{ organisation: BRANCH, people: 2 }], problem: "门禁坏了", served: "residents", solution: "open",
      measures: "", hand_on: true, case: null, lesson: "", pictures: [], reviews: [], review_step: "branch", merged_into: null, merged: [],
      may_review: true, may_edit: true, may_withdraw: true, may_share: false, revision: 1, ...change, id,
    });
  }

  private review(id: string, body: Json): Answer {
    const review = { step: "branch", verdict: body["verdict"], reason: body["reason"], reviewed_at: "2026-11-23T09:00:00+08:00" };
    this.add(id, { state: body["verdict"], state_label: "已处理", reviews: [review], may_review: false });
    return { status: 201, data: this.entries.get(id) };
  }

  private ofEffects(call: string, body: Json): Answer | null {
    if (call === "POST /effects/ratings") return { status: 201, data: { message: `谢谢 ${String(body["level"])}` } };
    if (call !== "POST /effects") return null;
    const entry = { branch: BRANCH.name, place: "望江社区", happened_on: "2026-11-20", problem: "门禁坏了", measures: "修好了", came: "" };
    return { status: 200, data: { entry, expires_on: "2027-02-18" } };
  }
}
