import assert from "node:assert/strict";
import test from "node:test";

import type * as Fences from "../../src/domain/fences";
import { load } from "./load.ts";

const fences = await load<typeof Fences>("domain/fences");

const CENTRE: Fences.Point = [120.155, 30.274];
const circle: Fences.Fence = { name: "广场", shape: "circle", centre: CENTRE, radius: 100 };
/** An L: its notch is outside though its hull is not. */
const corner: Fences.Fence = {
  name: "院子", shape: "polygon",
  corners: [[120, 30], [120.004, 30], [120.004, 30.002], [120.002, 30.002], [120.002, 30.004], [120, 30.004]],
};

test("a degree of latitude has 111.2 km, one of longitude less by the cosine", () => {
  assert.ok(Math.abs(fences.distance([120, 30], [120, 30.01]) - 1112) < 1);
  assert.ok(Math.abs(fences.distance([120, 30], [120.01, 30]) - 963) < 1);
});

test("a circle has an inside, an edge and an outside", () => {
  const north = (metres: number): Fences.Point => [CENTRE[0], CENTRE[1] + metres / 111_195];
  assert.equal(fences.judge(north(99), 5, [circle]), "inside");
  assert.equal(fences.judge(north(120), 30, [circle]), "edge");
  assert.equal(fences.judge(north(140), 30, [circle]), "outside");
});

test("a polygon is judged by its corners, not by its hull", () => {
  assert.equal(fences.outsideBy([120.001, 30.003], corner), 0);
  assert.equal(fences.outsideBy([120.003, 30.001], corner), 0);
  const notch = fences.outsideBy([120.003, 30.003], corner);
  assert.ok(notch > 90 && notch < 115, String(notch));
});

test("one of several places is enough", () => {
  assert.equal(fences.judge([120.001, 30.001], 10, [circle, corner]), "inside");
  assert.equal(fences.judge([121, 31], 10, [circle, corner]), "outside");
});

test("a map shows all of the fences", () => {
  const { view, circles, polygons, markers } = fences.drawingOf([circle, corner], [120.155, 30.275]);
  assert.deepEqual([circles.length, polygons.length, markers.length], [1, 1, 3]);
  assert.ok(view);
  assert.ok(view.longitude > 120.05 && view.longitude < 120.1);
  assert.ok(view.scale >= 8 && view.scale <= 11, String(view.scale));
  assert.equal(fences.drawingOf([]).view, null);
});

test("a polygon in the making shows its corners by number, and its area from the third on", () => {
  const two = fences.drawingOfCorners([[120, 30], [120.01, 30]]);
  assert.deepEqual([two.polygons.length, two.markers.map(({ title }) => title)], [0, ["1", "2"]]);
  const three = fences.drawingOfCorners([[120, 30], [120.01, 30], [120, 30.01]]);
  assert.deepEqual([three.polygons[0]?.points.length, three.markers.length], [3, 3]);
});

test("a small fence isn't blown up beyond what a map shows", () => {
  assert.ok((fences.viewOf([CENTRE])?.scale ?? 0) <= 18);
  assert.deepEqual(fences.middleOf(circle), CENTRE);
});
