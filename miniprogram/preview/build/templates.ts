/** Templates: checked against what the preview knows, then compiled by glass-easel's compiler. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { TmplGroup } from "glass-easel-template-compiler";
import { hasEvent, isBuiltIn, isPackaged, isTemplateTag } from "../vocabulary";
import type { ComponentSource, Faults, Program } from "./program";
import { eventsOf, tagsOf, type Tag } from "./wxml";

/** As the compiler reports it; level 1 is a note, above it something is wrong. */
interface CompilerMessage {
  message: string;
  level: number;
  startLine: number;
}

/** A call in an expression, and on what. */
const METHOD_CALL = /\{\{[^{}]*?([\w$]+)(?:\.[\w$]+)*\.[\w$]+\(/g;

const HANDLER = /^[\w$]+$/;

/** The component's script and what it takes from beside it: where its handlers are. */
function scriptText(file: string): string {
  const own = readFileSync(file, "utf8");
  const beside = [...own.matchAll(/from\s+["'](\.[^"']+)["']/g)].map(([, reference]) =>
    path.resolve(path.dirname(file), reference ?? ""),
  );
  const texts = beside
    .flatMap((base) => [`${base}.ts`, `${base}/index.ts`])
    .filter((candidate) => existsSync(candidate));
  return [own, ...texts.map((text) => readFileSync(text, "utf8"))].join("\n");
}

function checkTag(tag: Tag, component: ComponentSource, script: string, faults: Faults): void {
  const where = `${component.key}.wxml:${tag.line}`;
  const isComponent = component.using.has(tag.name);
  if (!isComponent && !isBuiltIn(tag.name) && !isTemplateTag(tag.name)) {
    faults.add(where, `<${tag.name}> is neither a component of the page nor a tag the preview knows`);
  }
  for (const { event, handler } of eventsOf(tag)) {
    if (isBuiltIn(tag.name) && !isComponent && !hasEvent(tag.name, event))
      faults.add(where, `<${tag.name}> has no event "${event}"`);
    if (HANDLER.test(handler) && !new RegExp(`\\b${handler}\\b`).test(script))
      faults.add(where, `handler "${handler}" is not in the script`);
  }
}

/** A template calls functions of its WXS modules only; on data WeChat calls nothing and shows nothing. */
function checkCalls(component: ComponentSource, wxml: string, tags: readonly Tag[], faults: Faults): void {
  const modules = new Set(tags.flatMap(({ name, attributes }) => (name === "wxs" ? [attributes.get("module")] : [])));
  for (const { 1: called = "", index } of wxml.matchAll(METHOD_CALL)) {
    if (modules.has(called)) continue;
    const line = wxml.slice(0, index).split("\n").length;
    faults.add(`${component.key}.wxml:${line}`, `an expression can't call a method of "${called}"`);
  }
}

function checkTemplate(component: ComponentSource, wxml: string, faults: Faults): void {
  const script = scriptText(component.scriptFile);
  const tags = tagsOf(wxml);
  for (const tag of tags) checkTag(tag, component, script, faults);
  checkCalls(component, wxml, tags, faults);
}

/** In WXS `x.constructor` is the type's name, in JavaScript a function: components compare it with a string. */
function withNamedConstructors(wxs: string): string {
  return wxs.replace(
    /([\w$.[\]]+)\.constructor\b/g,
    (_, value: string) => `(${value} == null ? undefined : Object(${value}).constructor.name)`,
  );
}

class Compiler {
  private readonly group = new TmplGroup();
  private readonly templates = new Set<string>();
  private readonly scripts = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly faults: Faults,
  ) {}

  addTemplate(key: string): void {
    if (this.templates.has(key)) return;
    this.templates.add(key);
    const wxml = this.read(`${key}.wxml`);
    for (const { message, level, startLine } of this.group.addTmpl(key, wxml) as CompilerMessage[]) {
      if (!isPackaged(key) || level >= 3) this.faults.add(`${key}.wxml:${startLine + 1}`, message);
    }
    for (const used of this.group.getDirectDependencies(key) as string[]) this.addTemplate(used);
    for (const used of this.group.getScriptDependencies(key) as string[]) this.addScript(used);
  }

  code(): string {
    return this.group.getTmplGenObjectGroups();
  }

  private addScript(key: string): void {
    if (this.scripts.has(key)) return;
    this.scripts.add(key);
    const used: string[] = [];
    const wxs = this.read(`${key}.wxs`).replace(
      /require\((['"])(.+?)\.wxs\1\)/g,
      (_, _quote: string, reference: string) => {
        used.push(path.posix.join(path.posix.dirname(key), reference));
        return `require("${reference}")`;
      },
    );
    this.group.addScript(key, withNamedConstructors(wxs));
    for (const script of used) this.addScript(script);
  }

  private read(file: string): string {
    const full = path.join(this.root, file);
    if (existsSync(full)) return readFileSync(full, "utf8");
    this.faults.add(file, "is used but doesn't exist");
    return "";
  }
}

/** @returns JavaScript: an object of compiled templates by path. */
export function compileTemplates(program: Program, faults: Faults): string {
  const compiler = new Compiler(program.root, faults);
  for (const component of program.components) {
    compiler.addTemplate(component.key);
    if (!isPackaged(component.key)) checkTemplate(component, readFileSync(component.file(".wxml"), "utf8"), faults);
  }
  return compiler.code();
}
