/** The phone's types are those of the committed API document, which the server's tests compare with the server. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";

const PROGRAM = path.resolve(import.meta.dirname, "../..");

test("the committed types are those of the API document (else: make types)", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "types-"));
  try {
    const made = path.join(folder, "schema.d.ts");
    const generator = path.join(PROGRAM, "node_modules/openapi-typescript/bin/cli.js");
    execFileSync(process.execPath, [generator, path.join(PROGRAM, "../docs/openapi.json"), "-o", made]);
    const committed = readFileSync(path.join(PROGRAM, "src/api/schema.d.ts"), "utf8");
    assert.equal(readFileSync(made, "utf8"), committed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
