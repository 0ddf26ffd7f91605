/** A service with a log: it works commitments out as the real one does, and proves them. */
import { createHash } from "node:crypto";

import { hex, inclusionOf, rootOf, SmallLog } from "../domain/small-log.ts";
import type { Answer, Exchange } from "./service.ts";
import { problem, Service } from "./service.ts";

const sha256 = (...parts: (string | Uint8Array)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();

/** The order of FORM's questions. */
const LEAVES = ["11", "12"];

export class LoggedService extends Service {
  log = new SmallLog(["v1 1 accepted - " + "0".repeat(64) + " -"]);
  /** By commitment that was told. */
  readonly told: string[] = [];
  private closed: Buffer[] | null = null;

  protected override record({ body, headers }: Exchange, revision: number): { commitment: string; promise: string } {
    const key = Buffer.from(headers["Idempotency-Key"] ?? "", "hex");
    const drawn = Buffer.from(String(body["salt"]), "hex");
    const salt = sha256("ronghe-salt-v1\n", drawn, key, Uint8Array.of(0, revision));
    const comment = String(body["comment"]);
    const tags = body["tags"] as string[];
    const words = comment === "" && tags.length === 0 ? "-" : sha256("ronghe-words-v1\n", salt.subarray(16), JSON.stringify([tags, comment])).toString("hex");
    const levels = body["levels"] as Record<string, number>;
    const lines = [1, body["department"], 1, 0, "-", "2026-11-23", body["overall"], LEAVES.map((leaf) => levels[leaf]).join(","), words];
    const commitment = sha256("ronghe-rating-v1\n", salt.subarray(0, 16), lines.join("\n")).toString("hex");
    this.told.push(commitment);
    return { commitment, promise: this.log.promise(1, commitment, "2026-11-23") };
  }

  /** Takes entries up, as the hourly batch does. */
  append(...entries: string[]): void {
    this.log.entries.push(...entries);
  }

  /** Closes the campaign: a tally over these commitments. */
  tally(commitments: readonly string[]): void {
    this.closed = [...commitments].sort().map((one) => Buffer.from(one, "hex"));
    const root = rootOf(this.closed).toString("hex");
    this.append(`v1 1 tallied - - - edition=1 counted=${this.closed.length} withdrawn=0 root=${root}`);
  }

  protected override usual(exchange: Exchange): Answer {
    const { path } = exchange;
    if (path === "/log/key") return { status: 200, data: { key: this.log.key } };
    const proof = /^\/log\/proofs\/([0-9a-f]{64})\?campaign=1(?:&since=(\d+))?$/.exec(path);
    if (proof?.[1] !== undefined) return { status: 200, data: this.evidence(proof[1], proof[2]) };
    if (path.startsWith("/log/")) return problem(404, "not_found");
    return super.usual(exchange);
  }

  private evidence(commitment: string, since: string | undefined): object {
    const { log } = this;
    const find = (test: (entry: string) => boolean) => {
      const index = log.entries.findIndex(test);
      return index < 0 ? null : log.leaf(index);
    };
    const size = log.entries.length;
    const position = this.closed?.findIndex((one) => one.toString("hex") === commitment) ?? -1;
    return {
      head: log.head(),
      leaf: find((entry) => entry.split(" ")[4] === commitment),
      later: find((entry) => entry.split(" ")[5] === commitment),
      consistency: since === undefined || Number(since) > size ? null : log.consistency(Number(since)),
      tally: this.closed === null ? null : {
        edition: 1, leaf: find((entry) => entry.includes(" tallied ")),
        place: position < 0 ? null : { position, path: hex(inclusionOf(position, this.closed)) },
      },
    };
  }
}
