import assert from "node:assert/strict";
import test from "node:test";

import type * as Clock from "../../src/domain/clock";
import { load } from "./load.ts";

const clock = await load<typeof Clock>("domain/clock");

const NOW = Date.parse("2026-11-28T09:00:00+08:00");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const reading = (offset: number, readAt = NOW) => ({ offset, readAt });

test("the offset is taken from the middle of the exchange", () => {
  const read = clock.readingOf("2026-11-28T09:00:10+08:00", NOW, NOW + 2000);
  assert.deepEqual(read, { offset: 9000, readAt: NOW + 2000 });
  assert.equal(clock.correctedTime(read, NOW + 2000), NOW + 11_000);
  assert.equal(clock.readingOf("soon", NOW, NOW), null);
});

test("a phone that is hours wrong is corrected and told", () => {
  assert.equal(clock.correctedTime(reading(-3 * HOUR), NOW + 3 * HOUR), NOW);
  assert.match(clock.clockWarning(reading(-3 * HOUR), NOW, false), /快了约 3 小时.*已按服务器时间校正/);
  assert.match(clock.clockWarning(reading(5 * MINUTE), NOW, false), /慢了约 5 分钟/);
  assert.match(clock.clockWarning(reading(-50 * HOUR), NOW, false), /快了约 2 天/);
});

test("a few seconds are nobody's business", () => {
  assert.equal(clock.clockWarning(reading(30_000), NOW + MINUTE, false), "");
});

test("a clock that was set since the reading isn't trusted", () => {
  assert.match(clock.clockWarning(reading(0), NOW - HOUR, false), /被改动过/);
  assert.match(clock.clockWarning(reading(0), NOW, true), /被改动过/);
});

test("a jump between two ticks is the clock's", () => {
  assert.ok(clock.jumped(NOW, NOW + 3 * HOUR));
  assert.ok(clock.jumped(NOW, NOW - 3 * HOUR));
  assert.ok(!clock.jumped(NOW, NOW + 1000));
  assert.ok(!clock.jumped(NOW, NOW + 30_000));
});

test("without a reading, or with an old one, the phone says so", () => {
  assert.match(clock.clockWarning(null, NOW, false), /还没有和服务器对过时间/);
  assert.match(clock.clockWarning(reading(0), NOW + 25 * HOUR, false), /超过一天/);
});
