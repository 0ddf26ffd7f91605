/** `map`: circles, polygons and markers on a plain ground, since there are no tiles without a network. */
import { addressOfPicture } from "../pictures";
import { numberOf, WxElement } from "./element";

interface Place {
  longitude: number;
  latitude: number;
}

interface Circle extends Place {
  radius: number;
  color?: string;
  fillColor?: string;
  strokeWidth?: number;
}

interface Polygon {
  points: Place[];
  strokeColor?: string;
  fillColor?: string;
  strokeWidth?: number;
}

interface Marker extends Place {
  id: number;
  iconPath: string;
  width?: number;
  height?: number;
  title?: string;
  ariaLabel?: string;
  anchor?: { x: number; y: number };
  label?: { content: string; color?: string; fontSize?: number; bgColor?: string };
}

const SVG = "http://www.w3.org/2000/svg";
const TILE_PX = 256;
const GRID_PX = 40;
/** Metres that a pixel stands for at the equator and scale 0. */
const METRES_PER_PIXEL = 156_543.03;
const RADIANS = Math.PI / 180;

/** Web Mercator in pixels of the whole world at a scale. */
function world({ longitude, latitude }: Place, scale: number): [x: number, y: number] {
  const size = TILE_PX * 2 ** scale;
  const sine = Math.sin(latitude * RADIANS);
  return [((longitude + 180) / 360) * size, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size];
}

function placeOf(x: number, y: number, scale: number): Place {
  const size = TILE_PX * 2 ** scale;
  const latitude = Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / size))) / RADIANS;
  return { longitude: (x / size) * 360 - 180, latitude };
}

function shape(name: string, attributes: Record<string, string | number>, ...children: Node[]): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  element.append(...children);
  return element;
}

function list<T>(value: unknown): T[] {
  return Array.isArray(value) ? (value as T[]) : [];
}

export class WxMap extends WxElement {
  private readonly ground = shape("svg", { role: "img", width: "100%", height: "100%" });
  private centre: Place = { longitude: 0, latitude: 0 };
  private scale = 16;
  private circles: Circle[] = [];
  private polygons: Polygon[] = [];
  private markers: Marker[] = [];
  private drawingSoon = false;

  override build(): void {
    this.append(this.ground);
    new ResizeObserver(() => this.drawSoon()).observe(this);
  }

  override setAttribute(name: string, text: string): void {
    if (name === "aria-label") this.ground.setAttribute(name, text);
    else super.setAttribute(name, text);
  }

  protected override update(name: string, value: unknown): boolean {
    if (name === "longitude" || name === "latitude") this.centre = { ...this.centre, [name]: numberOf(value, 0) };
    else if (name === "scale") this.scale = numberOf(value, 16);
    else if (name === "circles") this.circles = list<Circle>(value);
    else if (name === "polygons") this.polygons = list<Polygon>(value);
    else if (name === "markers") this.markers = list<Marker>(value);
    else return name.startsWith("enable-");
    this.drawSoon();
    return true;
  }

  /** The template sets one attribute after another; they are drawn together. */
  private drawSoon(): void {
    if (this.drawingSoon) return;
    this.drawingSoon = true;
    queueMicrotask(() => {
      this.drawingSoon = false;
      this.draw();
    });
  }

  private corner(): [number, number] {
    const [x, y] = world(this.centre, this.scale);
    return [x - this.clientWidth / 2, y - this.clientHeight / 2];
  }

  private onGround(place: Place): [number, number] {
    const [left, top] = this.corner();
    const [x, y] = world(place, this.scale);
    return [x - left, y - top];
  }

  private draw(): void {
    this.ground.replaceChildren(
      ...this.grid(),
      ...this.polygons.map((polygon) => this.polygon(polygon)),
      ...this.circles.map((circle) => this.circle(circle)),
      ...this.markers.map((marker) => this.marker(marker)),
    );
  }

  private grid(): SVGElement[] {
    const lines: SVGElement[] = [];
    for (let x = GRID_PX; x < this.clientWidth; x += GRID_PX)
      lines.push(shape("line", { x1: x, x2: x, y1: 0, y2: this.clientHeight, class: "map-grid" }));
    for (let y = GRID_PX; y < this.clientHeight; y += GRID_PX)
      lines.push(shape("line", { x1: 0, x2: this.clientWidth, y1: y, y2: y, class: "map-grid" }));
    return lines;
  }

  private circle({ radius, color = "#000000", fillColor = "none", strokeWidth = 1, ...place }: Circle): SVGElement {
    const [cx, cy] = this.onGround(place);
    const metres = (METRES_PER_PIXEL * Math.cos(place.latitude * RADIANS)) / 2 ** this.scale;
    return shape("circle", { cx, cy, r: radius / metres, stroke: color, fill: fillColor, "stroke-width": strokeWidth });
  }

  private polygon({ points, strokeColor = "#000000", fillColor = "none", strokeWidth = 1 }: Polygon): SVGElement {
    const corners = points.map((point) => this.onGround(point).join(",")).join(" ");
    return shape("polygon", { points: corners, stroke: strokeColor, fill: fillColor, "stroke-width": strokeWidth });
  }

  private marker({ id, iconPath, width = 30, height = 30, anchor = { x: 0.5, y: 1 }, label, ...rest }: Marker): SVGElement {
    const [x, y] = this.onGround(rest);
    const href = addressOfPicture(iconPath);
    const icon = shape("image", { href, x: x - width * anchor.x, y: y - height * anchor.y, width, height });
    const name = rest.ariaLabel ?? rest.title ?? label?.content ?? "";
    const group = shape("g", { role: "button", "aria-label": name, class: "map-marker" }, icon);
    if (label !== undefined) {
      const words = shape("text", { x, y: y + 18, class: "map-label", fill: label.color ?? "#000000", "font-size": label.fontSize ?? 14 });
      words.textContent = label.content;
      group.append(words);
    }
    group.addEventListener("click", () => this.announce("markertap", { markerId: id }));
    return group;
  }

  /** A marker keeps its tap to itself; elsewhere the tap tells the place on the map. */
  override tapDetail(event: MouseEvent | Touch, target: EventTarget | null): Place | null {
    if (target instanceof Element && target.closest(".map-marker") !== null) return null;
    const { left, top } = this.getBoundingClientRect();
    const [x, y] = this.corner();
    return placeOf(x + event.clientX - left, y + event.clientY - top, this.scale);
  }
}
