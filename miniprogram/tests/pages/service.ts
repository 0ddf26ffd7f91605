/** A stand-in for the service with the rules of the contract that the pages depend on. */
import { createHash } from "node:crypto";

export interface Answer {
  status: number;
  data?: unknown;
  headers?: Record<string, string>;
}

export interface Exchange {
  method: string;
  path: string;
  body: Record<string, unknown>;
  headers: Record<string, string>;
}

export const CAMPAIGN = {
  id: 1, title: "2026 年第四季度群众评价", kind: "survey", state: "open", opens_at: "2026-11-01T00:00:00+08:00",
  closes_at: "2026-12-31T18:00:00+08:00", channels: ["open"], description: "", paused: false, department_count: 2,
};

export const FORM = {
  campaign: { id: 1, title: CAMPAIGN.title, kind: "survey", closes_at: CAMPAIGN.closes_at, channels: ["open", "enterprise_online"] },
  department: { id: 7, name: "市税务局", enterprise_facing: true },
  leaves: [
    { id: 11, code: "A1", name: "办事效率", question: "", heading: "优化办事服务" },
    { id: 12, code: "A2", name: "廉洁", question: "", heading: "严守纪律法律" },
  ],
  tags: { good: ["态度好"], poor: ["态度差"] },
  limits: { comment: 2000, photos: 6, photo_bytes: 5_242_880 },
};

export const problem = (status: number, code: string, detail = code, headers: Record<string, string> = {}): Answer => ({
  status, headers, data: { type: "about:blank", title: code, status, code, detail, errors: [] },
});

interface Stored {
  content: string;
  department: number;
  accepted: object;
  revision: number;
  state: string;
}

export class Service {
  readonly exchanges: Exchange[] = [];
  /** By Idempotency-Key. */
  readonly ratings = new Map<string, Stored>();
  /** Answers given in place of the usual one, first come first served; "lost" lets it happen and loses the answer. */
  readonly upsets: { match: string; answer: Answer | "lost" }[] = [];
  /** Called before each answer. */
  onExchange: (exchange: Exchange) => void = () => undefined;
  roles: object[] = [];
  private tokens = 0;
  private photos = 0;

  /** @param match a part of "METHOD path". */
  upset(match: string, answer: Answer | "lost"): void {
    this.upsets.push({ match, answer });
  }

  sent(match: string): Exchange[] {
    return this.exchanges.filter(({ method, path }) => `${method} ${path}`.includes(match));
  }

  answer(method: string, url: string, body: unknown, headers: Record<string, string>): Answer | "lost" {
    const path = url.replace(/^.*\/api\/v1/, "");
    const exchange = { method, path, body: (body ?? {}) as Record<string, unknown>, headers };
    this.exchanges.push(exchange);
    this.onExchange(exchange);
    const index = this.upsets.findIndex(({ match }) => `${method} ${path}`.includes(match));
    const upset = index < 0 ? undefined : this.upsets.splice(index, 1)[0];
    if (upset !== undefined && upset.answer !== "lost") return upset.answer;
    const usual = this.usual(exchange);
    return upset === undefined ? usual : "lost";
  }

  protected usual(exchange: Exchange): Answer {
    const { method, path } = exchange;
    const member = { id: "m", roles: this.roles, privacy_version: null };
    if (path === "/sessions") return { status: 201, data: { token: `token-${(this.tokens += 1)}`, expires_in: 900, member } };
    if (path === "/me/privacy-consent") return { status: 204 };
    if (path === "/me") return method === "GET" ? { status: 200, data: member } : { status: 204 };
    if (path.startsWith("/campaigns?state=open")) return { status: 200, data: { items: [CAMPAIGN] } };
    if (path === "/results") return { status: 200, data: { items: [{ id: 5, title: "旧", kind: "survey", closed_on: "2026-06-30", settled: true, published: true, version: 1, published_on: "2026-07-01", scored: false }] } };
    if (/\/departments\?/.test(path)) return { status: 200, data: { items: [{ id: 7, name: "市税务局" }], next_cursor: null } };
    if (path.endsWith("/form")) return { status: 200, data: FORM };
    if (path.endsWith("/photos")) return { status: 201, data: { id: `photo-${(this.photos += 1)}`, width: 1, height: 1 } };
    if (path.endsWith("/evaluations")) return this.takeRating(exchange);
    if (path.endsWith("/receipt")) return this.openReceipt(exchange);
    return problem(404, "not_found");
  }

  /** What the log has of a rating; nothing here, as of one from before the log. */
  protected record(_exchange: Exchange, _revision: number): { commitment: string; promise: string } | null {
    return null;
  }

  private takeRating(exchange: Exchange): Answer {
    const { body, headers } = exchange;
    const key = headers["Idempotency-Key"] ?? "";
    const content = JSON.stringify(body);
    const before = this.ratings.get(key);
    if (before) return before.content === content ? { status: 201, data: before.accepted } : problem(422, "idempotency_key_reused");
    const department = Number(body["department"]);
    if ([...this.ratings.values()].some((rating) => rating.department === department)) return problem(409, "already_rated", "您已经评价过这个部门。");
    const accepted = { campaign: { id: 1, title: CAMPAIGN.title }, department: FORM.department, channel: "open", rated_on: "2026-11-23", cell: 0, organisation: null, record: this.record(exchange, 1) };
    this.ratings.set(key, { content, department, accepted, revision: 1, state: "counted" });
    return { status: 201, data: accepted };
  }

  private openReceipt({ method, headers, path, body }: Exchange): Answer {
    const secret = Buffer.from(headers["Receipt"] ?? "", "base64url");
    const key = createHash("sha256").update(secret).digest("hex").slice(0, 32);
    const rating = path.startsWith("/campaigns/1/") ? this.ratings.get(key) : undefined;
    if (!rating) return problem(404, "receipt_unknown");
    if (method === "PUT") {
      rating.revision += 1;
      rating.accepted = { ...rating.accepted, record: this.record({ method, headers: { ...headers, "Idempotency-Key": key }, path, body: { department: rating.department, ...body } }, rating.revision) };
    }
    if (method === "DELETE") rating.state = "withdrawn";
    const { accepted, state, revision } = rating;
    const may = state === "counted";
    return {
      status: 200,
      data: { ...accepted, state, exclusion_reason: null, revision, comment_state: "none", may_change: may, closes_at: CAMPAIGN.closes_at, signed_by: null, may_erase: false },
    };
  }
}
