/** Scripts: the program, its templates and the preview's runtime in one bundle. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { build, type Message, type Plugin } from "esbuild";
import type { ComponentConfig, Manifest } from "../manifest";
import { NPM_FOLDER } from "../vocabulary";
import type { ComponentSource, Faults, Program } from "./program";

const RUNTIME = path.resolve(import.meta.dirname, "../runtime/main.ts");

/** Container units need Chrome 105; the browser of the tests is far newer. */
const TARGET = "chrome115";

function asFile(base: string): string | undefined {
  return [base, `${base}.js`, path.join(base, "index.js")].find((file) => existsSync(file) && statSync(file).isFile());
}

/** A package import of the program, found as WeChat does: in the nearest miniprogram_npm, going up. */
function resolvePackage(root: string, specifier: string, importer: string): string | undefined {
  for (let folder = path.dirname(importer); folder.startsWith(root); folder = path.dirname(folder)) {
    const file = asFile(path.join(folder, NPM_FOLDER, specifier));
    if (file !== undefined) return file;
  }
  return undefined;
}

function programPackages(root: string): Plugin {
  return {
    name: "program-packages",
    setup(bundler) {
      bundler.onResolve({ filter: /^[a-z@]/ }, ({ path: specifier, importer }) => {
        if (!importer.startsWith(root + path.sep)) return undefined;
        const file = resolvePackage(root, specifier, importer);
        if (file !== undefined) return { path: file };
        return { errors: [{ text: `${specifier} is not in ${NPM_FOLDER}; run "npm run build:npm"` }] };
      });
    },
  };
}

/** The component's configuration with all that it may use named from the program's root. */
function configOf({ isPage, config, using }: ComponentSource): ComponentConfig {
  const named = [...using].filter(([tag]) => config.componentGenerics?.[tag] === undefined);
  const usingComponents = Object.fromEntries(named.map(([tag, used]) => [tag, `/${used}`]));
  return { ...config, usingComponents, ...(isPage ? { styleIsolation: "shared" } : {}) };
}

function componentEntry(component: ComponentSource, scope: string): string {
  const [key, config, styleScope, script] = [component.key, configOf(component), scope, component.scriptFile].map(
    (value) => JSON.stringify(value),
  );
  return `${key}: { config: ${config}, styleScope: ${styleScope}, script: () => { require(${script}) } }`;
}

function entry(program: Program, templates: string, scopes: ReadonlyMap<string, string>): string {
  const components = program.components.map((component) => componentEntry(component, scopes.get(component.key) ?? ""));
  const manifest: Pick<Manifest, "app" | "pages"> = { app: program.app, pages: program.pages };
  return `
import { start } from ${JSON.stringify(RUNTIME)};
start({
  ...${JSON.stringify(manifest)},
  components: { ${components.join(",\n")} },
  templates: ${templates},
  appScript: () => { require(${JSON.stringify(program.appScript)}) },
});`;
}

function described({ text, location }: Message): [where: string, what: string] {
  return [location ? `${location.file}:${location.line}` : "bundle", text];
}

export interface Bundle {
  program: Program;
  templates: string;
  scopes: ReadonlyMap<string, string>;
  outFile: string;
}

export async function bundleScripts({ program, templates, scopes, outFile }: Bundle, faults: Faults): Promise<void> {
  const result = await build({
    stdin: {
      contents: entry(program, templates, scopes),
      resolveDir: import.meta.dirname,
      loader: "js",
      sourcefile: "preview-entry.js",
    },
    bundle: true,
    format: "iife",
    outfile: outFile,
    sourcemap: true,
    minifySyntax: true,
    target: TARGET,
    charset: "utf8",
    logLevel: "silent",
    // The preview's own TypeScript settings; a program's tsconfig must not steer the bundle.
    tsconfigRaw: { compilerOptions: { target: "es2022", useDefineForClassFields: true } },
    plugins: [programPackages(program.root)],
  }).catch((error: unknown) => {
    const failure = error as { errors?: Message[] };
    if (failure.errors === undefined) throw error;
    return { errors: failure.errors, warnings: [] };
  });
  for (const message of [...result.errors, ...result.warnings]) faults.add(...described(message));
}
