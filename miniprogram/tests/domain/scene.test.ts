import assert from "node:assert/strict";
import test from "node:test";

import type * as Scene from "../../src/domain/scene";
import { load } from "./load.ts";

const { parseVisitCode, sceneOf } = await load<typeof Scene>("domain/scene");

test("a visit code is read in any case, with or without dashes", () => {
  for (const typed of ["ABCD-1234-EFGH", "abcd1234efgh", " abcd 1234 efgh ", "ABCD－1234－EFGH", "abcd–1234—efgh"]) {
    assert.equal(parseVisitCode(typed), "ABCD-1234-EFGH", typed);
  }
});

test("letters that people confuse with digits are read as digits", () => {
  assert.equal(parseVisitCode("OIL0-0000-0000"), "0110-0000-0000");
  assert.equal(parseVisitCode("uuuu-1234-efgh"), "VVVV-1234-EFGH");
});

test("other lengths and other signs are no visit code", () => {
  for (const typed of ["", "ABCD-1234-EFG", "ABCD-1234-EFGHJ", "中文"]) {
    assert.equal(parseVisitCode(typed), null, typed);
  }
});

test("a scene is read from itself, a mini-program path and the address of the web form", () => {
  for (const content of ["d12", "pages/home/index?scene=d12", "/pages/home/index?x=1&scene=d12", "http://127.0.0.1/rate/d12", "pages/home/index?scene=d%31%32"]) {
    assert.equal(sceneOf(content), "d12", content);
  }
  assert.equal(sceneOf("kA1B2C3D4"), "kA1B2C3D4");
  assert.equal(sceneOf("http://127.0.0.1/rate/abcd-1234-efgh?from=qr"), "ABCD-1234-EFGH");
});

test("other codes are none of ours", () => {
  for (const content of ["", "d", "dx", "weixin://pay", "http://example.test/?scene=%E4", "6901234567890123"]) {
    assert.equal(sceneOf(content), null, content);
  }
});
