/** A stand-in for the service's activities and check-in, beside that of ratings. */
import type { Answer, Exchange } from "./service.ts";
import { problem, Service } from "./service.ts";

export const KEY = "11".repeat(32);
export const TICKET = { id: "00112233445566ff", key: "22".repeat(32) };

const STARTS = Date.now() - 3_600_000;

export const ACTIVITY = {
  id: 7, kind: "frontline", kind_label: "一线", title: "走访商户", place: "望江社区", starts_at: new Date(STARTS).toISOString(),
  ends_at: new Date(STARTS + 4 * 3_600_000).toISOString(), join_until: new Date(STARTS).toISOString(), state: "announced",
  organiser: { id: 3, name: "第一党支部" }, capacity: 1, taken: 0, waiting: 0, my: null as object | null, may_join: true, position: null,
  description: "", bring: "", community: null, partners: [], agreement: null, audience: "everyone", audience_label: "全体党员",
  audience_groups: [], fences: [{ name: "社区", shape: "circle", centre: [121.4737, 31.2304], radius: 300 }],
  evidence: ["code", "place", "photo", "peers"], evidence_needed: 1, check_out: false, pictures: [], revision: 1, cancel_reason: null,
  may_manage: true,
};

const NOBODY = { presence: null, phase: "in", came_at: null, left_at: null, kinds: [], doubts: [], message: "" };

export class ActivityService extends Service {
  bound = true;
  activity = structuredClone(ACTIVITY);
  /** The member's own check-in. */
  my: object = NOBODY;
  /** The roster with who is there. */
  roster: object[] = [];
  /** By id, as the service keeps them. */
  readonly evidence = new Map<string, Record<string, unknown>>();
  readonly proofs = new Set<string>();
  /** Milliseconds that the service's clock is ahead. */
  ahead = 0;

  protected override usual(exchange: Exchange): Answer {
    return exchange.path.startsWith("/activities") || exchange.path.startsWith("/pictures")
      ? this.ofActivities(exchange)
      : super.usual(exchange);
  }

  private ofActivities({ method, path, body }: Exchange): Answer {
    const call = `${method} ${path}`;
    if (!this.bound) return problem(403, "person_not_bound", "请先绑定党员身份。");
    if (call.startsWith("GET /activities?")) return { status: 200, data: { items: [this.activity], next_cursor: null } };
    if (call === "GET /activities/7") return { status: 200, data: this.activity };
    if (call.endsWith("/participation")) return this.participate(method);
    if (call.endsWith("/check-in")) return { status: 200, data: { activity: this.activity, my: this.my, ticket: TICKET, server_time: this.now() } };
    if (call.endsWith("/code-key")) return { status: 200, data: { key: KEY, server_time: this.now(), step_seconds: 15 } };
    if (call.endsWith("/attendance")) return { status: 200, data: { counts: { joined: 1, present: 0, question: 0, incomplete: 0, absent: 0 }, items: this.roster } };
    if (call.endsWith("/decision")) return { status: 200, data: { message: "已更正。" } };
    if (call.endsWith("/cancellation")) return { status: 200, data: this.cancel(String(body["reason"])) };
    if (call.endsWith("/check-ins")) return this.take(String(body["id"]), body);
    if (call.endsWith("/proofs")) return this.prove(String(body["proof"]));
    if (call.endsWith("/confirmations")) return { status: 200, data: { message: "已为同伴确认。", presence: "incomplete" } };
    if (call.endsWith("/pictures")) return { status: 201, data: { id: "picture-1", width: 1, height: 1 } };
    return problem(404, "not_found");
  }

  private cancel(reason: string): object {
    this.activity = { ...this.activity, state: "cancelled", may_join: false };
    return { ...this.activity, cancel_reason: reason };
  }

  private now(): string {
    return new Date(Date.now() + this.ahead).toISOString();
  }

  private present(): Answer {
    return { status: 200, data: { ...NOBODY, presence: "present", came_at: this.now(), kinds: ["code"], message: "打卡成功。" } };
  }

  private take(id: string, body: Record<string, unknown>): Answer {
    if (!this.evidence.has(id)) this.evidence.set(id, body);
    return this.present();
  }

  private prove(proof: string): Answer {
    this.proofs.add(proof);
    return this.present();
  }

  private participate(method: string): Answer {
    const joined = method === "POST";
    this.activity = { ...this.activity, taken: joined ? 1 : 0, may_join: !joined, my: joined ? { standing: "joined", number: 1, ahead: 0 } : null };
    const standing = joined ? "joined" : "left";
    return { status: joined ? 201 : 200, data: { standing, number: 1, ahead: 0, taken: this.activity.taken, capacity: 1 } };
  }
}
