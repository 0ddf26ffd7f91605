import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { buildPreview } from "../../preview/build/preview";
import { fixtureProgram, shippedProgram, smallProgram, temporaryFolder } from "./programs";

const COMPONENT = { "pages/only/index.json": '{ "usingComponents": { "own-box": "/components/own-box/index" } }' };

/** Programs with one fault each, and what the build has to say about it. */
const FAULTS: { name: string; files: Record<string, string>; says: RegExp }[] = [
  {
    name: "an unknown tag",
    files: { "pages/only/index.wxml": "<view>\n<marquee>跑</marquee></view>" },
    says: /pages\/only\/index\.wxml:2: <marquee> is neither/,
  },
  {
    name: "an unknown event",
    files: {
      "pages/only/index.wxml": '<view bindhover="onHover" />',
      "pages/only/index.ts": "Page({ onHover() {} });",
    },
    says: /index\.wxml:1: <view> has no event "hover"/,
  },
  {
    name: "a method called in an expression",
    files: { "pages/only/index.wxml": "<view>\n{{names.indexOf(name) >= 0 ? '有' : ''}}</view>" },
    says: /pages\/only\/index\.wxml:2: an expression can't call a method of "names"/,
  },
  {
    name: "a handler that the script lacks",
    files: { "pages/only/index.wxml": '<view bindtap="onTap" />' },
    says: /handler "onTap" is not in the script/,
  },
  {
    name: "a tag that isn't closed",
    files: { "pages/only/index.wxml": "<view><text></view>" },
    says: /pages\/only\/index\.wxml:1: /,
  },
  { name: "a component that doesn't exist", files: COMPONENT, says: /uses components\/own-box\/index, which lacks/ },
  {
    name: "an import that leads nowhere",
    files: { "pages/only/index.ts": 'import { gone } from "../gone";\nPage({ gone });' },
    says: /index\.ts:1: Could not resolve "\.\.\/gone"/,
  },
  {
    name: "a package that isn't installed",
    files: { "pages/only/index.ts": 'import gone from "gone-package";\nPage({ gone });' },
    says: /gone-package is not in miniprogram_npm/,
  },
  {
    name: "a script in WXS that doesn't exist",
    files: { "pages/only/index.wxml": '<wxs src="./gone.wxs" module="gone" />' },
    says: /gone\.wxs: is used but doesn't exist/,
  },
  {
    name: "a style sheet that doesn't exist",
    files: { "pages/only/index.wxss": '@import "./gone.wxss";' },
    says: /gone\.wxss: style sheet is imported/,
  },
  {
    name: "a picture in a style sheet",
    files: { "app.wxss": ".a { background: url(/images/a.png); }" },
    says: /app\.wxss: refers to a file or address/,
  },
  {
    name: "a tag selector in a component's style sheet",
    files: {
      ...COMPONENT,
      "components/own-box/index.json": '{ "component": true }',
      "components/own-box/index.wxml": "<view />",
      "components/own-box/index.ts": "Component({});",
      "components/own-box/index.wxss": "view { color: red; }",
    },
    says: /own-box\/index\.wxss: a component's style sheet may only use classes: view/,
  },
];

for (const { name, files, says } of FAULTS) {
  test(`${name} fails the build`, async () => {
    await assert.rejects(buildPreview(smallProgram(files), path.join(temporaryFolder(), "dist")), says);
  });
}

test("all faults of a program are told at once", async () => {
  const root = smallProgram({
    "pages/only/index.wxml": '<marquee /><view bindtap="onTap" />',
    "app.wxss": ".a { background: url(a.png); }",
  });
  await assert.rejects(buildPreview(root, path.join(temporaryFolder(), "dist")), (error: Error) => {
    assert.equal(error.message.split("\n").length, 4);
    return true;
  });
});

test("the fixture program becomes a folder whose files refer to each other relatively", async () => {
  const out = path.join(temporaryFolder(), "dist");
  const built = await buildPreview(fixtureProgram(), out);
  assert.equal(built.pages, 3);
  const html = readFileSync(path.join(out, "index.html"), "utf8");
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g))
    assert.doesNotMatch(address ?? "", /^(?:\/|https?:)/);
  assert.ok(existsSync(path.join(out, "images/dot.png")));
  assert.equal(readdirSync(path.join(out, "fonts")).length, 1);
});

test("the shipped program builds", async () => {
  const built = await buildPreview(shippedProgram(), path.join(temporaryFolder(), "dist"));
  assert.ok(built.pages > 0);
});

test("styles load nothing from elsewhere, keep pages apart and measure the phone", async () => {
  const out = path.join(temporaryFolder(), "dist");
  await buildPreview(fixtureProgram(), out);
  const css = readFileSync(path.join(out, "app.css"), "utf8");
  assert.doesNotMatch(css, /https?:\/\/(?!www\.w3\.org)/);
  assert.doesNotMatch(css, /\drpx/);
  assert.match(css, /\.wide \{\s*width: 100cqw;\s*height: 10cqh;\s*\}/);
  assert.match(css, /:where\(\[data-page="pages\/form\/index"\]\) \.own/);
  assert.match(css, /url\("fonts\/[0-9a-f]{12}\.woff"\)/);
  // An own component's classes are its own.
  assert.match(css, /\.c\w+--count \{/);
});
