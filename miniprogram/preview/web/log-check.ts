/** /log/check: the phone's check of a rating, for a browser. Nothing is sent but what is asked for. */
import { isCommitment } from "../../src/domain/commitment";
import type { Asked, Evidence, SeenHead, Tone, Verdict } from "../../src/domain/log-check";
import { judge } from "../../src/domain/log-check";
import { readEntry } from "../../src/domain/log-entry";
import { parseReceiptCode } from "../../src/domain/receipt";
import { fingerprintOf, readKey } from "../../src/domain/signed-note";

const KEY = "ronghe.log-key";
const HEAD = "ronghe.log-head";
const API = "/api/v1";
const MARKS: Readonly<Record<Tone, string>> = { good: "成立", wait: "等待", told: "说明", bad: "不成立" };

/** A sentence for who reads the page. */
class Trouble extends Error {}

interface TellingReceipt {
  record: { commitment: string; promise: string } | null;
}

async function fetched<T>(path: string, headers: Record<string, string>, missing: string): Promise<T> {
  const answer = await fetch(API + path, { headers: { Accept: "application/json", ...headers }, cache: "no-store" }).catch(() => null);
  if (answer === null) throw new Trouble("连不上服务器，请检查网络后再试。");
  if (answer.status === 404) throw new Trouble(missing);
  if (answer.status === 429) throw new Trouble("核验得太频繁，请稍后再试。");
  if (!answer.ok) throw new Trouble("服务器暂时不能回答，请稍后再试。");
  return (await answer.json()) as T;
}

function seenHead(): SeenHead | null {
  const kept = localStorage.getItem(HEAD);
  return kept === null ? null : (JSON.parse(kept) as SeenHead);
}

async function pinnedKey(): Promise<string> {
  const pinned = localStorage.getItem(KEY);
  if (pinned !== null) return pinned;
  const { key } = await fetched<{ key: string }>("/log/key", {}, "没有找到日志的公钥。");
  localStorage.setItem(KEY, key);
  return key;
}

interface Wanted {
  commitment: string;
  promise: string;
  campaign: number | null;
  own: boolean;
}

/** By a receipt's code the record is the service's word; a record's number the rater has kept. */
async function wantedOf(typed: string): Promise<Wanted> {
  const text = typed.replace(/\s+/g, "");
  if (isCommitment(text)) return { commitment: text, promise: "", campaign: null, own: true };
  const code = parseReceiptCode(typed);
  if (code === null || code.campaign === null) throw new Trouble("请粘贴整段回执码（数字、点、43 位字符），或 64 位的记录编号。");
  const missing = "没有找到这份评价，请检查回执码有没有抄错。";
  const { record } = await fetched<TellingReceipt>(`/campaigns/${code.campaign}/receipt`, { Receipt: code.secret }, missing);
  if (record === null) throw new Trouble("这份评价已经撤回，或者早于公开日志，没有记录可以核验。");
  return { ...record, campaign: code.campaign, own: false };
}

async function verdictOf(typed: string, key: string): Promise<[Verdict, string]> {
  const { campaign, commitment, promise, own } = await wantedOf(typed);
  const seen = seenHead();
  const query = new URLSearchParams();
  if (campaign !== null) query.set("campaign", String(campaign));
  if (seen !== null) query.set("since", String(seen.size));
  const evidence = await fetched<Evidence>(`/log/proofs/${commitment}?${query}`, {}, "日志里没有这个记录编号。刚提交的评价，请过一小时再核验。");
  const of = campaign ?? readEntry(evidence.leaf?.entry ?? "")?.campaign ?? 0;
  const asked: Asked = { campaign: of, commitment, promise, own, stored: commitment };
  const verdict = judge(asked, evidence, key, seen);
  if (verdict.seen !== null) localStorage.setItem(HEAD, JSON.stringify(verdict.seen));
  return [verdict, commitment];
}

function element(tag: string, text: string, className = ""): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function show(target: HTMLElement, verdict: Verdict, commitment: string): void {
  const list = element("ul", "", "rows");
  for (const { tone, title, text } of verdict.findings) {
    const item = element("li", "");
    const heading = element("h3", `${title} `);
    heading.append(element("span", MARKS[tone], tone === "bad" ? "tag warn" : "tag"));
    item.append(heading, element("p", text));
    list.append(item);
  }
  const number = element("p", `记录编号：${commitment}`, "minor code");
  target.replaceChildren(element("h2", verdict.summary), list, number);
  target.dataset["tone"] = verdict.tone;
}

async function check(typed: string, target: HTMLElement): Promise<void> {
  target.replaceChildren(element("p", "正在核验，请稍候。"));
  delete target.dataset["tone"];
  try {
    const key = await pinnedKey();
    const read = readKey(key);
    const [verdict, commitment] = await verdictOf(typed, key);
    show(target, verdict, commitment);
    const fingerprint = document.getElementById("fingerprint");
    if (fingerprint !== null && read !== null) fingerprint.textContent = fingerprintOf(read);
  } catch (reason) {
    const words = reason instanceof Trouble ? reason.message : "这个浏览器不能核验，请换一个浏览器，或在小程序里核验。";
    target.replaceChildren(element("p", words, "notice"));
  }
}

const form = document.getElementById("check");
const typed = document.getElementById("record");
const result = document.getElementById("result");
if (form instanceof HTMLFormElement && typed instanceof HTMLTextAreaElement && result !== null) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void check(typed.value, result);
  });
}
