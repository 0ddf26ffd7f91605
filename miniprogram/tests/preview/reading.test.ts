/** Reading WXML and lengths. */
import assert from "node:assert/strict";
import test from "node:test";
import { eventsOf, tagsOf } from "../../preview/build/wxml";
import { lintTemplates } from "../../preview/lint/wcc";
import { toContainerUnits } from "../../preview/units";
import { NODE_MODULES, shippedProgram, smallProgram } from "./programs";

test("tags are found with their lines, whatever stands in comments, attributes and scripts", () => {
  const tags = tagsOf(`<!-- <gone> -->
<view wx:if="{{a > b && c < d}}" bind:tap="onTap">
  <text>{{ a > 1 ? '<b>' : '' }}</text>
</view>
<wxs module="m">
  var x = a <view;
</wxs>
<image src="/a.png"/>`);
  assert.deepEqual(
    tags.map(({ name, line }) => [name, line]),
    [
      ["view", 2],
      ["text", 3],
      ["b", 3],
      ["wxs", 5],
      ["image", 8],
    ],
  );
});

test("events are read in all their forms", () => {
  const [tag] = tagsOf(
    '<view bindtap="a" catch:touchmove="b" capture-bind:longpress="c" mut-bind:tap="d" data-bind="e" />',
  );
  assert.ok(tag);
  assert.deepEqual(eventsOf(tag), [
    { event: "tap", handler: "a" },
    { event: "touchmove", handler: "b" },
    { event: "longpress", handler: "c" },
    { event: "tap", handler: "d" },
  ]);
});

test("lengths of a phone become shares of its page", () => {
  assert.equal(toContainerUnits("width: 375rpx; margin: -7.5rpx 1px"), "width: 50cqw; margin: -1cqw 1px");
  assert.equal(toContainerUnits("height: calc(100vh - 20vw)"), "height: calc(100cqh - 20cqw)");
  assert.equal(toContainerUnits("content: 'a1rpx'; color: #12vh"), "content: 'a1rpx'; color: #12vh");
});

test("WeChat's own compiler accepts the program's templates and refuses a broken one", () => {
  assert.deepEqual(lintTemplates(shippedProgram(), NODE_MODULES).complaints, "");
  const broken = smallProgram({ "pages/only/index.wxml": "<view><text></view>" });
  assert.match(lintTemplates(broken, NODE_MODULES).complaints, /expect end-tag/);
});
