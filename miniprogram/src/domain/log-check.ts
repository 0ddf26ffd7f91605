/**
 * 核验我的评价: is the rating in the public log, unchanged, and among those that count.
 *
 * Nothing the service says is believed: its head must be signed with the key that was pinned, go on from the head
 * seen before, and lead by proofs to the rating's commitment. What only the service says is marked as that.
 */
import { bytesOfHex, hexOf, utf8 } from "./bytes";
import type { LogEntry, Tally } from "./log-entry";
import { readEntry, readTally } from "./log-entry";
import type { TreeHead } from "./merkle";
import { isExtended, isIncluded, leafHash } from "./merkle";
import { openCheckpoint, promisedOn, readKey } from "./signed-note";

export interface ProvenLeaf {
  index: number;
  entry: string;
  path: readonly string[];
}

/** What the service hands over to be checked. */
export interface Evidence {
  head: string;
  leaf: ProvenLeaf | null;
  later: ProvenLeaf | null;
  consistency: readonly string[] | null;
  tally: {
    edition: number;
    leaf: ProvenLeaf | null;
    place: { position: number; path: readonly string[] } | null;
  } | null;
}

/** The last head that this phone has verified; root in hexadecimal digits. */
export interface SeenHead {
  size: number;
  root: string;
}

/** What is checked. */
export interface Asked {
  campaign: number;
  commitment: string;
  /** The promise in the receipt, or an empty text. */
  promise: string;
  /** Whether this phone worked the commitment out itself. */
  own: boolean;
  /** The commitment that the service now works out from what it has stored; null of a withdrawn rating. */
  stored: string | null;
}

/** "good", "wait", "bad", or "told": what is the service's word alone. */
export type Tone = "good" | "wait" | "bad" | "told";

export interface Finding {
  tone: Tone;
  title: string;
  text: string;
}

export interface Verdict {
  tone: Tone;
  summary: string;
  findings: Finding[];
  /** To be kept as the last head, where the head was found good. */
  seen: SeenHead | null;
}

const bad = (title: string, text: string): Finding => ({ tone: "bad", title, text });
const good = (title: string, text: string): Finding => ({ tone: "good", title, text });
const wait = (title: string, text: string): Finding => ({ tone: "wait", title, text });

function pathOf(path: readonly string[]): Uint8Array[] | null {
  const hashes = path.map(bytesOfHex);
  return hashes.every((hash) => hash !== null && hash.length === 32) ? (hashes as Uint8Array[]) : null;
}

/** The entry of a leaf that the head holds, or null. */
function provenEntry(leaf: ProvenLeaf, head: TreeHead): LogEntry | null {
  const path = pathOf(leaf.path);
  if (path === null || !isIncluded(leafHash(utf8(leaf.entry)), leaf.index, head.size, path, head.root)) return null;
  return readEntry(leaf.entry);
}

function headFinding(head: TreeHead, seen: SeenHead | null, consistency: readonly string[] | null): Finding {
  const title = "日志没有被改写";
  if (seen === null) return good(title, `日志共 ${head.size} 条，签名有效。这是第一次核验，以后每次都与这次对照。`);
  const path = pathOf(consistency ?? []);
  const root = bytesOfHex(seen.root);
  const older = root === null ? null : { size: seen.size, root };
  if (older !== null && head.size < older.size) {
    return bad("日志变短了", `上次看到 ${older.size} 条，现在只有 ${head.size} 条。公开的日志只能增加。`);
  }
  const holds = older !== null && path !== null && isExtended(older, head, path);
  if (!holds) return bad("日志被改写", `现在的日志不是上次看到的那份（${seen.size} 条）的延续。`);
  return good(title, `上次看到的 ${seen.size} 条原样都在，现在共 ${head.size} 条，签名有效。`);
}

const REASONS: Readonly<Record<string, string>> = {
  not_about_department: "与被评部门职责无关", organised: "有证据表明系组织刷评", duplicate: "同一事项重复评价",
  abusive: "内容违法或恶意攻击", test: "系统测试数据",
};

function waitingFinding(asked: Asked, key: string, isTallied: boolean): Finding {
  const read = readKey(key);
  const promised = read !== null && promisedOn(asked.promise, read, asked.campaign, asked.commitment) !== null;
  if (isTallied) {
    const proof = promised ? "您的回执里有系统签名的承诺，可作为证据。" : "";
    return bad("日志里没有您的评价", `这次评价已经计票，日志里却没有您的评价。${proof}`);
  }
  if (!promised) return wait("还没有写入日志", "日志里还没有这份评价，回执里也没有可核对的承诺。请过一小时再核验。");
  return wait("等待写入日志", "系统已签名承诺写入，签名已核对。评价攒够一批后打乱顺序写入，抽样调查在结束时写入。");
}

function leafFinding(leaf: ProvenLeaf, asked: Asked, head: TreeHead): Finding {
  const entry = provenEntry(leaf, head);
  const isRating = entry?.event === "accepted" || entry?.event === "corrected";
  if (!isRating || entry.commitment !== asked.commitment || entry.campaign !== asked.campaign) {
    return bad("写入日志的证明不成立", "系统给出的证明算不到日志上，不能说明您的评价在日志里。");
  }
  return good("您的评价在日志里", `第 ${leaf.index + 1} 条，与您提交时的记录一字不差。`);
}

const LATER: Readonly<Record<string, (entry: LogEntry) => Finding>> = {
  withdrawn: () => ({ tone: "told", title: "评价已撤回", text: "日志记着这份评价被撤回，不再计入。如果不是您撤回的，请联系评价办。" }),
  corrected: () => ({ tone: "told", title: "评价已更正", text: "日志记着这份评价后来被更正，以更正后的为准。如果不是您更正的，请联系评价办。" }),
  excluded: ({ reason }) => ({ tone: "told", title: "不予采纳", text: `日志公开记着这份评价不予采纳：${REASONS[reason ?? ""] ?? "原因不明"}。` }),
};

function laterFinding(leaf: ProvenLeaf, asked: Asked, head: TreeHead): Finding {
  const entry = provenEntry(leaf, head);
  const told = entry?.previous === asked.commitment ? LATER[entry.event] : undefined;
  if (entry === null || told === undefined) return bad("后续记录的证明不成立", "系统说这份评价后来有变动，但给不出证明。");
  return told(entry);
}

function placeHolds(tally: Tally, place: { position: number; path: readonly string[] }, commitment: string): boolean {
  const [path, leaf, root] = [pathOf(place.path), bytesOfHex(commitment), bytesOfHex(tally.root)];
  return path !== null && leaf !== null && root !== null && isIncluded(leafHash(leaf), place.position, tally.counted, path, root);
}

function totals({ edition, counted, withdrawn, excluded }: Tally): string {
  const apart = excluded.reduce((sum, { number }) => sum + number, 0);
  return `第 ${edition} 版总数：计入 ${counted} 份，不予采纳 ${apart} 份，撤回 ${withdrawn} 份，可与公布的结果对照。`;
}

/** @param isOver a later event took the rating out of what counts. */
function tallyFinding(shown: NonNullable<Evidence["tally"]>, asked: Asked, head: TreeHead, isOver: boolean): Finding {
  const entry = shown.leaf === null ? null : provenEntry(shown.leaf, head);
  const tally = entry?.event === "tallied" && entry.campaign === asked.campaign ? readTally(entry.body) : null;
  if (tally === null) return bad("总数的证明不成立", "系统给出的总数不在日志里。");
  if (shown.place === null) {
    if (isOver) return { tone: "told", title: "不在计入的评价里", text: totals(tally) };
    return bad("没有计入总数", `您的评价在日志里，却不在计入的评价里。${totals(tally)}`);
  }
  if (!placeHolds(tally, shown.place, asked.commitment)) return bad("计入总数的证明不成立", "系统给出的位置算不到公布的总数上。");
  if (isOver) return wait("总数将出新版", "这份评价已不再计入，下一版总数会去掉它。");
  return good("您的评价计入了公布的结果", totals(tally));
}

function summed(findings: readonly Finding[]): Pick<Verdict, "tone" | "summary"> {
  const tones = findings.map(({ tone }) => tone);
  if (tones.includes("bad")) return { tone: "bad", summary: "核验没有通过。请截图保存，联系评价办或审计部门。" };
  if (tones.includes("wait")) return { tone: "wait", summary: "到目前为止都对，还有一步没有到时候。" };
  if (tones.includes("told")) return { tone: "told", summary: "日志没有被改动。请看下面的说明。" };
  return { tone: "good", summary: "核验通过：您的评价在日志里，没有被改动，计入了结果。" };
}

function verdictOf(findings: Finding[], seen: SeenHead | null): Verdict {
  return { ...summed(findings), findings, seen };
}

function originFinding({ own }: Asked): Finding[] {
  if (own) return [];
  return [{
    tone: "told", title: "记录由系统提供",
    text: "这里没有提交时的记录（换了手机，或在网页上提交），核验的是系统现在给出的记录。",
  }];
}

/** What is stored now must be what the commitment says, unless the log tells of a change. */
function storedFinding({ stored, commitment }: Asked, { later, tally }: Evidence): Finding[] {
  if (later !== null || stored === commitment) return [];
  const changed = stored === null ? "系统说这份评价已经撤回" : "系统现在保存的内容与您提交时的记录不同";
  if (tally !== null) return [bad("保存的内容被改动", `${changed}，日志里却没有${stored === null ? "撤回" : "更正"}的记录。`)];
  // While a campaign is open a correction or withdrawal may wait for the log's next batch.
  return [wait("保存的内容有变动", `${changed}。如果是您刚刚更正或撤回的，写入日志后再核验；如果不是，说明内容被改动，请联系评价办。`)];
}

/** @param key the pinned verifier key. */
export function judge(asked: Asked, evidence: Evidence, key: string, seen: SeenHead | null): Verdict {
  const read = readKey(key);
  const head = read === null ? null : openCheckpoint(evidence.head, read);
  if (head === null) {
    return verdictOf([bad("日志签名无效", "日志不是用第一次核验时记下的公钥签名的。请把下面的公钥指纹与公布的核对。")], null);
  }
  const kept = headFinding(head, seen, evidence.consistency);
  if (kept.tone === "bad") return verdictOf([kept], null);
  const now = { size: head.size, root: hexOf(head.root) };
  if (evidence.leaf === null) {
    const waiting = waitingFinding(asked, key, evidence.tally !== null);
    return verdictOf([kept, ...originFinding(asked), waiting, ...storedFinding(asked, evidence)], now);
  }
  const findings = [kept, ...originFinding(asked), leafFinding(evidence.leaf, asked, head), ...storedFinding(asked, evidence)];
  if (evidence.later !== null) findings.push(laterFinding(evidence.later, asked, head));
  findings.push(
    evidence.tally === null
      ? wait("等待计票", "评价结束后，计入的评价会汇成一个公开的总数，到时候可以再核验一次。")
      : tallyFinding(evidence.tally, asked, head, evidence.later !== null),
  );
  return verdictOf(findings, now);
}
