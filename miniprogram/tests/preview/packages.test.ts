import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { withFontInside } from "../../preview/npm/icon-font";
import { buildPackages } from "../../preview/npm/packages";
import { PACKAGE_LIMIT, packageSizes } from "../../preview/npm/sizes";
import { fixtureProgram, NODE_MODULES, shippedProgram, smallProgram } from "./programs";

const ICON_STYLE = path.join(NODE_MODULES, "tdesign-miniprogram/miniprogram_dist/icon/icon.wxss");

test("only the components in use are copied, with all that they lead to", () => {
  const packages = path.join(fixtureProgram(), "miniprogram_npm/tdesign-miniprogram");
  for (const file of ["button/button.js", "icon/icon.wxml", "common/utils.wxs", "miniprogram_npm/tslib/index.js"]) {
    assert.ok(existsSync(path.join(packages, file)), file);
  }
  assert.ok(!existsSync(path.join(packages, "calendar")));
});

test("a package that isn't made for mini-programs becomes one script", () => {
  const root = smallProgram({ "pages/only/index.ts": 'import { hash } from "fast-sha256";\nPage({ hash });' });
  assert.deepEqual(
    buildPackages({ root, nodeModules: NODE_MODULES }).map(({ name, files }) => [name, files]),
    [["fast-sha256", 1]],
  );
  assert.match(readFileSync(path.join(root, "miniprogram_npm/fast-sha256/index.js"), "utf8"), /module\.exports/);
});

test("a component that its package lacks is refused", () => {
  const root = smallProgram({
    "pages/only/index.json": '{ "usingComponents": { "t-gone": "tdesign-miniprogram/gone/gone" } }',
  });
  assert.throws(() => buildPackages({ root, nodeModules: NODE_MODULES }), /gone\/gone\.js is missing/);
});

test("the icon font is inside the style sheet, and each icon is the font's icon of that name", () => {
  const style = withFontInside(readFileSync(ICON_STYLE, "utf8"), NODE_MODULES);
  // Not assert.match: its message would print the whole font.
  assert.ok(!style.includes("://"), "loads something from elsewhere");
  assert.ok(
    /src:url\("data:font\/woff;base64,[A-Za-z0-9+/=]{100000,}"\) format\("woff"\)/.test(style),
    "has the font inside",
  );
  const svg = readFileSync(path.join(NODE_MODULES, "tdesign-icons-web-components/esm/iconfont/t.svg"), "utf8");
  for (const name of ["scan", "send", "star-filled", "user-visible"]) {
    const inStyle = new RegExp(`\\.t-icon-${name}:before\\{content:'\\\\(\\w+)'`).exec(style)?.[1];
    const inFont = new RegExp(`<glyph glyph-name="${name}"\\s+unicode="&#x(\\w+);`).exec(svg)?.[1];
    assert.ok(inStyle !== undefined && inFont !== undefined, name);
    assert.equal(inStyle, inFont.toUpperCase());
  }
});

test("no package of the program exceeds what WeChat accepts", () => {
  const sizes = packageSizes(shippedProgram());
  assert.ok(sizes.length > 1, "the program has subpackages");
  for (const { root, bytes } of sizes) assert.ok(bytes <= PACKAGE_LIMIT, `${root} has ${bytes} bytes`);
});

test("the lock file has versions and no addresses", () => {
  const lock = readFileSync(path.resolve(import.meta.dirname, "../../package-lock.json"), "utf8");
  assert.doesNotMatch(lock, /:\/\//, 'run "npm run lock"');
});
