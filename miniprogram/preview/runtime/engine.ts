/** WeChat's component engine with the program's templates, styles and scripts in it. */
import * as glassEasel from "glass-easel";
import * as adapter from "glass-easel-miniprogram-adapter";
import type { ComponentManifest, Manifest } from "../manifest";
import { isPackaged } from "../vocabulary";
import { createBackend } from "./backend";
import { defineHosts } from "./elements";
import { unsupported } from "./failures";

interface Definition {
  behaviors?: unknown[];
  properties?: Record<string, unknown>;
  relations?: Record<string, unknown>;
}

type Define = (definition: Definition) => unknown;

/** Behaviors that WeChat brings, with the properties they add. */
const BUILT_IN_BEHAVIORS: Readonly<Record<string, Record<string, unknown>>> = {
  "wx://form-field": { name: String, value: null },
  "wx://form-field-group": {},
  "wx://form-field-button": {},
  "wx://component-export": {},
};

/** Replaces the names of built-in behaviors by what they add. */
function withBuiltInBehaviors(definition: Definition): Definition {
  if (!Array.isArray(definition.behaviors)) return definition;
  for (const behavior of definition.behaviors) {
    if (typeof behavior !== "string") continue;
    const added = BUILT_IN_BEHAVIORS[behavior] ?? unsupported(`behavior "${behavior}"`);
    definition.properties = { ...added, ...definition.properties };
  }
  definition.behaviors = definition.behaviors.filter((behavior) => typeof behavior === "object" && behavior !== null);
  return definition;
}

/**
 * Leaves out relations of a package's component to one that the program doesn't use: build:npm doesn't
 * copy it, and there is nothing to be related to.
 */
function withoutUnusedRelations(definition: Definition, path: string, used: Manifest["components"]): Definition {
  if (definition.relations === undefined || !isPackaged(path)) return definition;
  const isUsed = (reference: string): boolean => new URL(reference, `http://program/${path}`).pathname.slice(1) in used;
  definition.relations = Object.fromEntries(
    Object.entries(definition.relations).filter(([reference]) => isUsed(reference)),
  );
  return definition;
}

export interface MountedPage {
  root: adapter.Root;
  component: glassEasel.GeneralComponent;
}

export class Engine {
  private readonly backend: adapter.AssociatedBackend;
  private readonly code: adapter.CodeSpace;

  constructor(private readonly manifest: Manifest) {
    const environment = new adapter.MiniProgramEnv();
    environment.getGlobalCodeSpace().getComponentSpace().updateComponentOptions({ writeIdToDOM: true });
    this.backend = environment.associateBackend(createBackend());
    this.code = environment.createCodeSpace("", true);
    this.code.setOverallBehavior(this.readyAfterAttached());
    for (const [path, component] of Object.entries(manifest.components)) this.register(path, component);
    defineHosts(
      Object.values(manifest.components).flatMap(({ config }) => [
        ...Object.keys(config.usingComponents ?? {}),
        ...Object.keys(config.componentGenerics ?? {}),
      ]),
    );
  }

  /** Evaluates the scripts; each calls Page() or Component() for its own path. */
  define(): void {
    for (const [path, { script }] of Object.entries(this.manifest.components)) {
      this.code.componentEnv(path, ({ Page, Component, Behavior }) => {
        const scope = globalThis as Record<string, unknown>;
        const before = { Page: scope.Page, Component: scope.Component, Behavior: scope.Behavior };
        const wrapped =
          (define: unknown): Define =>
          (definition) =>
            (define as Define)(
              withoutUnusedRelations(withBuiltInBehaviors(definition), path, this.manifest.components),
            );
        Object.assign(scope, { Page: wrapped(Page), Component: wrapped(Component), Behavior: wrapped(Behavior) });
        try {
          script();
        } finally {
          Object.assign(scope, before);
        }
      });
    }
  }

  createPage(path: string): MountedPage {
    const root = this.backend.createRoot("page", this.code, path);
    return { root, component: root.getComponent() };
  }

  private register(path: string, { config, styleScope }: ComponentManifest): void {
    this.code.addComponentStaticConfig(path, config as Parameters<adapter.CodeSpace["addComponentStaticConfig"]>[1]);
    const content = this.manifest.templates[path];
    if (content === undefined) throw new Error(`no template for ${path}`);
    this.code.addCompiledTemplate(path, {
      groupList: this.manifest.templates,
      content,
      fallbackListenerOnNativeNode: true,
    } as Parameters<adapter.CodeSpace["addCompiledTemplate"]>[1]);
    // The styles themselves are in app.css; the engine only needs the prefix of the classes.
    if (styleScope !== "") this.code.addStyleSheet(path, undefined, styleScope);
  }

  /** glass-easel leaves "ready" to its host: it comes when the first content stands. */
  private readyAfterAttached(): glassEasel.GeneralBehavior {
    return this.code
      .getComponentSpace()
      .define()
      .lifetime("attached", function (this: unknown) {
        const caller = this as { _$?: glassEasel.GeneralComponent };
        queueMicrotask(() => (caller._$ ?? (this as glassEasel.GeneralComponent)).triggerLifetime("ready", []));
      })
      .registerBehavior() as glassEasel.GeneralBehavior;
  }
}
