/** The national five levels (非常满意 to 非常不满意) and "don't know", which only an indicator may get. */

export type OverallLevel = 1 | 2 | 3 | 4 | 5;
export type Level = OverallLevel | 0;

export const UNKNOWN_LEVEL = 0;

export interface LevelChoice {
  level: OverallLevel;
  label: string;
  /** The label broken for a narrow column. */
  lines: string[];
  icon: string;
}

/** In the order in which they are shown: best first. */
export const LEVEL_CHOICES: readonly LevelChoice[] = [
  { level: 5, label: "非常满意", lines: ["非常", "满意"], icon: "happy" },
  { level: 4, label: "满意", lines: ["满意"], icon: "smile" },
  { level: 3, label: "基本满意", lines: ["基本", "满意"], icon: "calm" },
  { level: 2, label: "不满意", lines: ["不满意"], icon: "unhappy" },
  { level: 1, label: "非常不满意", lines: ["非常", "不满意"], icon: "angry" },
];

export const UNKNOWN_LABEL = "不了解";

export function levelLabel(level: Level): string {
  return LEVEL_CHOICES.find((choice) => choice.level === level)?.label ?? UNKNOWN_LABEL;
}

export function isOverallLevel(value: unknown): value is OverallLevel {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 5;
}

export function isLevel(value: unknown): value is Level {
  return value === UNKNOWN_LEVEL || isOverallLevel(value);
}

/** 差评: 不满意 and 非常不满意. */
export function isPoor(level: OverallLevel): boolean {
  return level <= 2;
}
