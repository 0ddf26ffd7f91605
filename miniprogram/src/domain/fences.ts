/** The places of an activity (GCJ-02, as WeChat gives positions): inside or not, and how a map shows them. */

/** Longitude and latitude in degrees. */
export type Point = [longitude: number, latitude: number];

export interface CircleFence {
  name: string;
  shape: "circle";
  centre: Point;
  /** Metres. */
  radius: number;
}

export interface PolygonFence {
  name: string;
  shape: "polygon";
  corners: Point[];
}

export type Fence = CircleFence | PolygonFence;

const EARTH_RADIUS_M = 6_371_008.8;
const DEGREE = Math.PI / 180;

/** East and north of an origin in metres: a plane is good enough for the few kilometres of a fence. */
function plane([longitude, latitude]: Point, [originLongitude, originLatitude]: Point): [east: number, north: number] {
  const east = (longitude - originLongitude) * DEGREE * EARTH_RADIUS_M * Math.cos(originLatitude * DEGREE);
  return [east, (latitude - originLatitude) * DEGREE * EARTH_RADIUS_M];
}

/** Metres between two places that aren't far apart. */
export function distance(one: Point, other: Point): number {
  return Math.hypot(...plane(one, other));
}

function distanceToEdge([fromEast, fromNorth]: [number, number], [toEast, toNorth]: [number, number]): number {
  const [east, north] = [toEast - fromEast, toNorth - fromNorth];
  const length = east * east + north * north;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, -(fromEast * east + fromNorth * north) / length));
  return Math.hypot(fromEast + along * east, fromNorth + along * north);
}

/** Metres outside a polygon; 0 inside. */
function outsidePolygon(place: Point, corners: readonly Point[]): number {
  const flat = corners.map((corner) => plane(corner, place));
  let inside = false;
  let nearest = Infinity;
  flat.forEach((corner, index) => {
    const before = flat[(index + flat.length - 1) % flat.length] ?? corner;
    nearest = Math.min(nearest, distanceToEdge(before, corner));
    const crosses = corner[1] > 0 !== before[1] > 0;
    if (crosses && 0 < ((before[0] - corner[0]) * -corner[1]) / (before[1] - corner[1]) + corner[0]) inside = !inside;
  });
  return inside ? 0 : nearest;
}

/** Metres from a place to a fence; 0 inside. */
export function outsideBy(place: Point, fence: Fence): number {
  if (fence.shape === "circle") return Math.max(0, distance(place, fence.centre) - fence.radius);
  return outsidePolygon(place, fence.corners);
}

export type Judgement = "inside" | "edge" | "outside";

/**
 * Whether a position is inside one of the fences; at the edge when only its inaccuracy lets it be.
 *
 * @param accuracy metres, as the phone says.
 */
export function judge(place: Point, accuracy: number, fences: readonly Fence[]): Judgement {
  const outside = Math.min(...fences.map((fence) => outsideBy(place, fence)));
  if (outside === 0) return "inside";
  return outside <= accuracy ? "edge" : "outside";
}

/** Points that a map has to show for a fence to be seen whole. */
function extentOf(fence: Fence): Point[] {
  if (fence.shape === "polygon") return fence.corners;
  const [longitude, latitude] = fence.centre;
  const north = fence.radius / EARTH_RADIUS_M / DEGREE;
  const east = north / Math.cos(latitude * DEGREE);
  return [[longitude - east, latitude - north], [longitude + east, latitude + north]];
}

export function middleOf(fence: Fence): Point {
  if (fence.shape === "circle") return fence.centre;
  const sum = fence.corners.reduce(([east, north], [longitude, latitude]) => [east + longitude, north + latitude], [0, 0]);
  return [(sum[0] ?? 0) / fence.corners.length, (sum[1] ?? 0) / fence.corners.length];
}

export interface MapView {
  longitude: number;
  latitude: number;
  /** WeChat's scale, 3 to 20: each step doubles the size. */
  scale: number;
}

const SMALLEST_SCALE = 3;
const LARGEST_SCALE = 18;
/** Metres that a pixel stands for at the equator and scale 0. */
const METRES_PER_PIXEL = 156_543.03;
/** The narrower side of the map on a phone, less a margin, in pixels. */
const MAP_PIXELS = 200;

/** A map that shows all of the points. */
export function viewOf(points: readonly Point[]): MapView | null {
  if (points.length === 0) return null;
  const longitudes = points.map(([longitude]) => longitude);
  const latitudes = points.map(([, latitude]) => latitude);
  const west = Math.min(...longitudes);
  const south = Math.min(...latitudes);
  const middle: Point = [(west + Math.max(...longitudes)) / 2, (south + Math.max(...latitudes)) / 2];
  const [east, north] = plane(middle, [west, south]);
  const metres = Math.max(east, north, 30) * 2;
  const scale = Math.floor(Math.log2((METRES_PER_PIXEL * Math.cos(middle[1] * DEGREE) * MAP_PIXELS) / metres));
  return { longitude: middle[0], latitude: middle[1], scale: Math.min(LARGEST_SCALE, Math.max(SMALLEST_SCALE, scale)) };
}

const EDGE_COLOUR = "#12488F";
const FILL_COLOUR = "#12488F33";

/** What WeChat's map draws. */
export interface MapDrawing {
  view: MapView | null;
  circles: { longitude: number; latitude: number; radius: number; color: string; fillColor: string; strokeWidth: number }[];
  polygons: { points: { longitude: number; latitude: number }[]; strokeColor: string; fillColor: string; strokeWidth: number }[];
  markers: MapMarker[];
}

export interface MapMarker {
  id: number;
  longitude: number;
  latitude: number;
  iconPath: string;
  width: number;
  height: number;
  title: string;
  ariaLabel: string;
  anchor: { x: number; y: number };
  label?: { content: string; color: string; fontSize: number; bgColor: string; padding: number; borderRadius: number; anchorX: number; anchorY: number };
}

const PIN = { iconPath: "/images/place.png", width: 30, height: 36, anchor: { x: 0.5, y: 1 } };
const OWN = { iconPath: "/images/own-place.png", width: 24, height: 24, anchor: { x: 0.5, y: 0.5 } };
/** The marker of the person's own position; fences and activities have others. */
export const OWN_MARKER = 1_000_000_000;
const FIRST_CORNER = 1_000_001_000;

export function pin(id: number, [longitude, latitude]: Point, title: string): MapMarker {
  const label = { content: title, color: "#1B2432", fontSize: 14, bgColor: "#FFFFFF", padding: 4, borderRadius: 4, anchorX: 0, anchorY: 4 };
  return { id, longitude, latitude, title, ariaLabel: title, ...PIN, ...(title === "" ? {} : { label }) };
}

export function ownPin([longitude, latitude]: Point): MapMarker {
  return { id: OWN_MARKER, longitude, latitude, title: "我的位置", ariaLabel: "我的位置", ...OWN };
}

/** The numbered corners of a polygon that is being drawn; its area as soon as there is one. */
export function drawingOfCorners(corners: readonly Point[]): Pick<MapDrawing, "polygons" | "markers"> {
  const { polygons } = drawingOf(corners.length < 3 ? [] : [{ name: "", shape: "polygon", corners: [...corners] }]);
  return { polygons, markers: corners.map((corner, index) => pin(FIRST_CORNER + index, corner, String(index + 1))) };
}

/** @param own the person's position, where they have asked to see it. */
export function drawingOf(fences: readonly Fence[], own: Point | null = null): MapDrawing {
  const line = { strokeWidth: 2, fillColor: FILL_COLOUR };
  return {
    view: viewOf([...fences.flatMap(extentOf), ...(own === null ? [] : [own])]),
    circles: fences.flatMap((fence) =>
      fence.shape === "circle"
        ? [{ longitude: fence.centre[0], latitude: fence.centre[1], radius: fence.radius, color: EDGE_COLOUR, ...line }]
        : [],
    ),
    polygons: fences.flatMap((fence) =>
      fence.shape === "polygon"
        ? [{ points: fence.corners.map(([longitude, latitude]) => ({ longitude, latitude })), strokeColor: EDGE_COLOUR, ...line }]
        : [],
    ),
    markers: [...fences.map((fence, index) => pin(index, middleOf(fence), fence.name)), ...(own === null ? [] : [ownPin(own)])],
  };
}
