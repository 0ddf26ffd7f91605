/** Why a call to the service gave no answer to use, and the words for it. */

export type FailureKind =
  /** The service answered with a problem (RFC 9457). */
  | "refused"
  /** No answer came: no network, a timeout, or the answer was lost. */
  | "unreachable"
  /** The person has not agreed to the privacy statement, so nobody may be signed in. */
  | "consent";

export interface FieldProblem {
  field: string;
  message: string;
}

export class Failure extends Error {
  readonly kind: FailureKind;
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  /** Seconds that the service asks to wait, when it does. */
  readonly retryAfter: number | null;

  constructor(kind: FailureKind, message: string, detail: Partial<Pick<Failure, "status" | "code" | "fields" | "retryAfter">> = {}) {
    super(message);
    this.name = "Failure";
    this.kind = kind;
    this.status = detail.status ?? 0;
    this.code = detail.code ?? kind;
    this.fields = detail.fields ?? [];
    this.retryAfter = detail.retryAfter ?? null;
  }
}

export function unreachable(): Failure {
  return new Failure("unreachable", "网络连接不上。请检查网络后再试。");
}

export function consentMissing(): Failure {
  return new Failure("consent", "请先阅读并同意隐私说明，再进行这一步。");
}

/** Whatever was thrown, as a Failure that can be shown. */
export function asFailure(reason: unknown): Failure {
  if (reason instanceof Failure) return reason;
  return new Failure("refused", "程序出了点问题。请返回上一页再试一次。", { code: "unexpected" });
}

const WORDS_BY_STATUS: Readonly<Record<number, string>> = {
  401: "登录已过期。请稍后再试。",
  403: "您没有权限进行这一步。",
  404: "没有找到相应的内容，可能已经下线。",
  413: "内容太大。请减少照片后再试。",
  429: "操作太频繁。请稍等一会儿再试。",
  503: "服务暂时不可用。请稍后再试。",
};

function record(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

function words(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const fields = record(entry);
    const message = words(fields?.["message"]);
    return message === null ? [] : [{ field: words(fields?.["field"]) ?? "", message }];
  });
}

/** Retry-After is read in its form of seconds, the one that the service sends. */
function waitOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,6}$/.test(header.trim()) ? Number(header) : null;
}

/** Reads an error answer: problem+json, or whatever a proxy on the way has put in its place. */
export function failureOf(status: number, body: unknown, retryAfterHeader?: string): Failure {
  const problem = record(body);
  const fields = fieldProblems(problem?.["errors"]);
  const said = words(problem?.["detail"]) ?? fields[0]?.message ?? words(problem?.["title"]);
  const fallback = status >= 500 ? "服务暂时出错。请稍后再试。" : "这一步没有完成。请检查后再试。";
  return new Failure("refused", said ?? WORDS_BY_STATUS[status] ?? fallback, {
    status,
    code: words(problem?.["code"]) ?? `http_${status}`,
    fields,
    retryAfter: waitOf(retryAfterHeader),
  });
}

/** The message with what each field lacks, for a page that shows one text. */
export function fullMessage(failure: Failure): string {
  const more = failure.fields.map((field) => field.message).filter((message) => message !== failure.message);
  const wait = failure.retryAfter !== null && failure.retryAfter > 0 ? `（约 ${failure.retryAfter} 秒后可再试）` : "";
  return [failure.message, ...more].join("；") + wait;
}
