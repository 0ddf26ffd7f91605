/** Entries of the log: one line of text each, of which a leaf is the hash. */

export interface LogEntry {
  campaign: number;
  event: string;
  reason: string | null;
  commitment: string | null;
  previous: string | null;
  body: string;
}

const ENTRY = /^v1 (\d{1,10}) ([a-z_]+) ([a-z_-]+) ([0-9a-f]{64}|-) ([0-9a-f]{64}|-)(?: (.+))?$/;

const given = (text: string | undefined): string | null => (text === undefined || text === "-" ? null : text);

export function readEntry(line: string): LogEntry | null {
  const match = ENTRY.exec(line);
  if (match === null) return null;
  const [, campaign, event = "", reason, commitment, previous, body = ""] = match;
  return { campaign: Number(campaign), event, reason: given(reason), commitment: given(commitment), previous: given(previous), body };
}

export interface Tally {
  edition: number;
  counted: number;
  withdrawn: number;
  excluded: { reason: string; number: number }[];
  /** 64 hexadecimal digits. */
  root: string;
}

export function readTally(body: string): Tally | null {
  const match = /^edition=(\d+) counted=(\d+) withdrawn=(\d+)((?: excluded\.[a-z_]+=\d+)*) root=([0-9a-f]{64})$/.exec(body);
  if (match === null) return null;
  const [, edition, counted, withdrawn, reasons = "", root = ""] = match;
  const excluded = [...reasons.matchAll(/ excluded\.([a-z_]+)=(\d+)/g)].map(([, reason = "", number]) => ({ reason, number: Number(number) }));
  return { edition: Number(edition), counted: Number(counted), withdrawn: Number(withdrawn), excluded, root };
}
