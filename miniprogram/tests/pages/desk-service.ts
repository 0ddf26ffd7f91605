/** A stand-in for the desk's API: the link of a phone, its sessions, cases, held comments, preferences. */
import type { Answer, Exchange } from "./service.ts";
import { problem, Service } from "./service.ts";

export const CODE = "ABCD-1234-EFGH";
export const CASE = "c0ffee00-0000-4000-8000-000000000001";
export const CONTACT = { name: "王女士", phone: "13800000001" };

type Json = Record<string, unknown>;

const HELD = { campaign_id: 1, evaluation_id: "e1", campaign: "四季度评价", department: "市监局", comment: "待审", photos: 0, level_label: "" };
const BRIEF = {
  id: CASE, number: "2026-00012", kind: "poor_rating", kind_label: "办事差评", title: "窗口没有人", department: { id: 2, name: "市监局" },
  round: 1, registered_at: "2026-11-20T09:00:00+08:00", due_at: "2026-12-05T23:59:59+08:00", provisional: false, lateness: "none",
};
const ORIGIN = {
  id: 7, kind: "evaluation", kind_label: "群众评价", joined_on: "2026-11-20", real_name: true, wish: false, released: false,
  callback_due_at: "2026-11-21T23:59:59+08:00", called_back_at: null, outcome_label: "",
};
const RATING = {
  campaign: "办事评价", channel_label: "服务中心", standing: true, withheld: false, real_name: true, wish: false, level: 1, level_label: "非常不满意",
  answers: [{ question: "办事效率", level: 1, level_label: "非常不满意" }], tags: ["态度差"], comment: "等了两小时", comment_state_label: "",
  photos: [{ id: "f1", address: "/case-photos/f1" }], signed_by: null,
};

export class DeskService extends Service {
  linked = true;
  office = false;
  stage = "registered";
  lines: Json[] = [];
  held: Json[] = [HELD];
  modes: Record<string, string> = {};
  left: Record<string, number> = { desk: 1 };
  /** The tokens that are worth something. */
  readonly sessions = new Set<string>();

  protected override usual(exchange: Exchange): Answer {
    return this.ofMember(exchange) ?? this.ofDesk(exchange) ?? super.usual(exchange);
  }

  private ofMember({ method, path, body }: Exchange): Answer | null {
    const call = `${method} ${path}`;
    if (call === "GET /me/desk-link") return { status: 200, data: this.link() };
    if (call === "POST /me/desk-link") return this.takeCode(body);
    if (call === "DELETE /me/desk-link") return this.unlink();
    if (call === "POST /me/desk-sessions") return this.openDesk();
    if (call === "GET /message-templates") return { status: 200, data: { items: [{ kind: "desk", template_id: "t9" }] } };
    if (call === "POST /me/message-consents") return this.agree(body["kinds"] as string[]);
    if (call === "GET /me/notice-preferences") return { status: 200, data: this.preferences() };
    if (path.startsWith("/me/notice-preferences/")) return this.choose(path.split("/").at(-1) ?? "", String(body["mode"]));
    if (call === "POST /pictures") return { status: 201, data: { id: `picture-${this.sent("POST /pictures").length}`, width: 1, height: 1 } };
    return null;
  }

  private link(): Json {
    return { linked: this.linked, name: this.linked ? "李联络" : "" };
  }

  private takeCode(body: Json): Answer {
    if (body["code"] !== CODE.replaceAll("-", "")) return problem(404, "phone_code_unknown", "绑定码不正确或已失效。");
    this.linked = true;
    return { status: 201, data: this.link() };
  }

  private unlink(): Answer {
    this.linked = false;
    this.sessions.clear();
    return { status: 204 };
  }

  private openDesk(): Answer {
    if (!this.linked) return problem(404, "phone_not_linked", "这部手机没有绑定后台账号。");
    const token = `desk-${this.sent("/me/desk-sessions").length}`;
    this.sessions.add(token);
    const role = this.office ? { role: "office", role_label: "评价办" } : { role: "head", role_label: "部门负责人" };
    return { status: 201, data: { token, expires_in: 1800, name: "李联络", roles: [{ ...role, organisation: "市监局", in_stead_of: "赵局长" }] } };
  }

  private agree(kinds: string[]): Answer {
    for (const kind of kinds) this.left[kind] = (this.left[kind] ?? 0) + 1;
    return { status: 204 };
  }

  private preferences(): Json {
    const items = ["added", "desk"].map((kind) => ({
      kind, kind_label: kind === "desk" ? "工作提醒" : "已加入活动", mode: this.modes[kind] ?? "all", messages_left: this.left[kind] ?? 0,
      template_id: kind === "desk" ? "t9" : null,
    }));
    return { items, quiet_hours: "21:30-08:00", most_messages: 20 };
  }

  private choose(kind: string, mode: string): Answer {
    this.modes[kind] = mode;
    return { status: 204 };
  }

  private ofDesk({ method, path, body, headers }: Exchange): Answer | null {
    if (!path.startsWith("/desk/")) return null;
    if (!this.sessions.has((headers["Authorization"] ?? "").replace("Bearer ", ""))) return problem(401, "sign_in_needed");
    if (path.startsWith("/desk/cases?")) return { status: 200, data: { items: [this.brief()], next_cursor: null } };
    if (path.startsWith("/desk/held-comments?") || path === "/desk/held-comments") return { status: 200, data: { items: this.held, next_cursor: null } };
    if (path.startsWith("/desk/held-comments/")) return this.decide();
    if (path === "/desk/case-origins/7/rating") return { status: 200, data: RATING };
    if (path === "/desk/case-origins/7/contact") return { status: 200, data: CONTACT };
    if (method === "POST") this.step(path, body);
    return { status: method === "POST" ? 201 : 200, data: this.detail() };
  }

  private decide(): Answer {
    this.held = [];
    return { status: 204 };
  }

  private step(path: string, body: Json): void {
    if (path.endsWith("/acceptance")) this.stage = "accepted";
    if (path.endsWith("/answers")) this.stage = "answered";
    this.lines.push({ path, ...body });
  }

  private brief(): Json {
    return { ...BRIEF, stage: this.stage, stage_label: this.stage };
  }

  private detail(): Json {
    return {
      ...this.brief(), summary: "", basis: "", counts_from: BRIEF.registered_at, extension_reason: "", closing_note: "",
      origins: [ORIGIN], timeline: [], steps: this.stage === "registered" ? ["accept", "call_back", "answer"] : ["call_back", "answer"],
    };
  }
}
