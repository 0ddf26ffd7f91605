/** Style sheets: WXSS of the program into one CSS file of the preview. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import postcss, { type AtRule, type Declaration, type Root, type Rule } from "postcss";
import selectorParser from "postcss-selector-parser";
import { toContainerUnits } from "../units";
import { isBuiltIn, isPackaged } from "../vocabulary";
import type { ComponentSource, Faults, Program } from "./program";

export interface Styles {
  css: string;
  /** Class prefix of each component; empty for what shares the page's styles. */
  scopes: Map<string, string>;
  /** Files that the style sheet refers to, by their path beside it. */
  fonts: Map<string, Buffer>;
}

const EMBEDDED_FONT = /url\(["']?data:font\/(\w+);base64,([A-Za-z0-9+/=]+)["']?\)/g;
/** A phone's sans-serif is its Chinese font; a browser's may have no Chinese at all. */
const GENERIC_FONT = /(?<![\w-])sans-serif\b/g;
const PHONE_FONT = '"PingFang SC", sans-serif';
const SHARED = new Set(["shared", "page-shared"]);

function sharesStyles({ isPage, config }: ComponentSource): boolean {
  return isPage || SHARED.has(config.styleIsolation ?? "");
}

class StyleCompiler {
  readonly fonts = new Map<string, Buffer>();

  constructor(
    private readonly root: string,
    private readonly faults: Faults,
  ) {}

  /**
   * @param scope prefix of the classes, empty for none
   * @param page the page it is for alone: other pages of the same document must not see its rules
   */
  compile(file: string, scope: string, page?: string): string {
    const sheet = this.withImports(file);
    sheet.walkDecls((declaration) => this.translateDeclaration(declaration, file));
    sheet.walkRules((rule) => {
      if (rule.parent?.type === "atrule" && (rule.parent as AtRule).name.endsWith("keyframes")) return;
      rule.selector = this.translateSelector(rule, scope, page);
    });
    return sheet.toString();
  }

  /** WeChat takes no tag, id or attribute selector in a component's own style sheet. */
  checkComponent(file: string): void {
    this.withImports(file).walkRules((rule) => {
      if (rule.parent?.type === "atrule" && (rule.parent as AtRule).name.endsWith("keyframes")) return;
      selectorParser((selectors) => {
        selectors.walk((node) => {
          if (node.type === "tag" || node.type === "id" || node.type === "attribute") {
            this.faults.add(this.named(file), `a component's style sheet may only use classes: ${rule.selector}`);
          }
        });
      }).processSync(rule.selector);
    });
  }

  private named(file: string): string {
    return path.relative(this.root, file);
  }

  private withImports(file: string): Root {
    if (!existsSync(file)) {
      this.faults.add(this.named(file), "style sheet is imported but doesn't exist");
      return postcss.root();
    }
    const sheet = postcss.parse(readFileSync(file, "utf8"), { from: file });
    sheet.walkAtRules("import", (rule) => {
      const reference = /['"](.+?)['"]/.exec(rule.params)?.[1] ?? "";
      const target = reference.startsWith("/")
        ? path.join(this.root, reference)
        : path.resolve(path.dirname(file), reference);
      rule.replaceWith(this.withImports(target).nodes);
    });
    return sheet;
  }

  private translateDeclaration(declaration: Declaration, file: string): void {
    declaration.value = toContainerUnits(declaration.value).replace(
      EMBEDDED_FONT,
      (_, type: string, base64: string) => {
        const content = Buffer.from(base64, "base64");
        const name = `fonts/${createHash("sha256").update(content).digest("hex").slice(0, 12)}.${type}`;
        this.fonts.set(name, content);
        return `url("${name}")`;
      },
    );
    if (!declaration.value.includes("PingFang"))
      declaration.value = declaration.value.replace(GENERIC_FONT, PHONE_FONT);
    if (/url\(\s*["']?(?!data:|#|["']?fonts\/)/.test(declaration.value)) {
      this.faults.add(
        this.named(file),
        `refers to a file or address, which a phone doesn't load: ${declaration.value.slice(0, 80)}`,
      );
    }
  }

  private translateSelector(rule: Rule, scope: string, page?: string): string {
    const attribute = (name: string, value: string): selectorParser.Attribute =>
      selectorParser.attribute({ attribute: name, operator: "=", value, quoteMark: '"', raws: {} });
    const translated = selectorParser((selectors) => {
      selectors.walkTags((tag) => {
        if (isBuiltIn(tag.value) || tag.value === "page") tag.value = `wx-${tag.value}`;
      });
      selectors.walkIds((id) => {
        id.replaceWith(attribute("wx-id", id.value));
      });
      selectors.walkPseudos((pseudo) => {
        if (pseudo.value === ":host") pseudo.replaceWith(attribute("wx-host", scope));
      });
      if (scope !== "") {
        selectors.walkClasses((name) => {
          name.value = `${scope}--${name.value}`;
        });
      }
    }).processSync(rule.selector);
    if (page === undefined) return translated;
    // :where() adds no specificity, so page rules weigh what they weigh in WeChat.
    return postcss.list
      .comma(translated)
      .map((selector) => `:where([data-page="${page}"]) ${selector}`)
      .join(",");
  }
}

export function compileStyles(program: Program, faults: Faults): Styles {
  const compiler = new StyleCompiler(program.root, faults);
  const scopes = new Map<string, string>();
  const appSheet = path.join(program.root, "app.wxss");
  const sheets = existsSync(appSheet) ? [compiler.compile(appSheet, "")] : [];
  const pageSheets: string[] = [];
  for (const component of program.components) {
    const scope = sharesStyles(component) ? "" : `c${scopes.size.toString(36)}`;
    scopes.set(component.key, scope);
    const file = component.file(".wxss");
    if (!existsSync(file)) continue;
    if (component.isPage) pageSheets.push(compiler.compile(file, "", component.key));
    else sheets.push(compiler.compile(file, scope));
    if (!component.isPage && !isPackaged(component.key)) compiler.checkComponent(file);
  }
  return { css: [...sheets, ...pageSheets].join("\n"), scopes, fonts: compiler.fonts };
}
