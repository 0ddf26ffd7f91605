/** What the build hands to the runtime. */
import type { template } from "glass-easel";

export interface WindowConfig {
  navigationBarTitleText?: string;
  navigationBarBackgroundColor?: string;
  navigationBarTextStyle?: "black" | "white";
  navigationStyle?: "default" | "custom";
  backgroundColor?: string;
  enablePullDownRefresh?: boolean;
  onReachBottomDistance?: number;
}

export interface TabConfig {
  pagePath: string;
  text: string;
  iconPath?: string;
  selectedIconPath?: string;
}

export interface TabBarConfig {
  color: string;
  selectedColor: string;
  backgroundColor: string;
  borderStyle?: "black" | "white";
  list: TabConfig[];
}

export interface AppConfig {
  pages: string[];
  subPackages?: { root: string; pages: string[] }[];
  subpackages?: { root: string; pages: string[] }[];
  window?: WindowConfig;
  tabBar?: TabBarConfig;
  usingComponents?: Record<string, string>;
}

export interface ComponentConfig extends WindowConfig {
  component?: boolean;
  styleIsolation?: string;
  usingComponents?: Record<string, string>;
  componentGenerics?: Record<string, true | { default: string }>;
  [key: string]: unknown;
}

export interface ComponentManifest {
  config: ComponentConfig;
  /** Prefix of its classes; empty for what shares the page's. */
  styleScope: string;
  /** Evaluates the script, which calls Page() or Component(). */
  script: () => void;
}

export interface Manifest {
  app: AppConfig;
  /** Every page, those of subpackages included, in the order of app.json. */
  pages: string[];
  components: Record<string, ComponentManifest>;
  /** Compiled templates by path. */
  templates: Record<string, template.ComponentTemplate["content"]>;
  appScript: () => void;
}
