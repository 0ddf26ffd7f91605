// Maps of activities on Leaflet: places to look at, and fences to edit beside their form fields.
// Everything that a map shows or changes also stands on the page as text and fields.
import { convert } from "./datum.js";

const NOWHERE = { centre: [35, 105], zoom: 4 };
const CLOSE = 16;
const CIRCLE = "circle";

/** Begin a map in an element; without configured tiles its ground is plain. */
function begin(element, tiles) {
  const map = L.map(element, { zoomControl: false, maxZoom: 18 });
  L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小" }).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  map.attributionControl.setPrefix("Leaflet");
  tiles.layers.forEach((layer) => {
    const options = { maxZoom: 18, referrerPolicy: "origin" };
    if (layer.subdomains.length) options.subdomains = layer.subdomains;
    L.tileLayer(layer.url, options).addTo(map);
  });
  if (tiles.attribution) map.attributionControl.addAttribution(escaped(tiles.attribution));
  map.setView(NOWHERE.centre, NOWHERE.zoom);
  return map;
}

function escaped(text) {
  const span = document.createElement("span");
  span.textContent = text;
  return span.innerHTML;
}

/** Draw a fence ({shape, centre, radius} or {shape, corners}); returns the layer. */
function drawn(fence, place, style) {
  return fence.shape === CIRCLE
    ? L.circle(place(fence.centre), { radius: fence.radius, ...style })
    : L.polygon(fence.corners.map(place), style);
}

/** A page's map to look at: data-map holds tiles and items with their fences in GCJ-02. */
function look(element) {
  const { tiles, items } = JSON.parse(element.dataset.map);
  const map = begin(element, tiles);
  const place = (point) => convert(point, "gcj02", tiles.datum).reverse();
  const all = L.featureGroup().addTo(map);
  items.forEach((item) => {
    const group = L.featureGroup().addTo(all);
    item.fences.forEach((fence) => {
      const shape = drawn(fence, place, { className: `fence fence-${item.kind}`, weight: 2 });
      shape.addTo(group);
      const name = [item.title, fence.name].filter(Boolean).join(" · ");
      const pin = L.marker(fence.shape === CIRCLE ? place(fence.centre) : middle(fence, place), {
        icon: L.divIcon({ className: `pin pin-${item.kind}`, iconSize: [16, 16] }),
        title: name,
        alt: name,
        keyboard: Boolean(item.address),
        interactive: Boolean(item.address),
      });
      if (item.address) pin.on("click", () => window.location.assign(item.address));
      pin.addTo(group);
    });
    const line = document.getElementById(`place-${item.id}`);
    if (line) {
      line.addEventListener("mouseenter", () => group.setStyle({ weight: 5 }));
      line.addEventListener("mouseleave", () => group.setStyle({ weight: 2 }));
    }
  });
  if (all.getLayers().length) map.fitBounds(all.getBounds(), { maxZoom: CLOSE, padding: [24, 24] });
}

function middle(fence, place) {
  return L.latLngBounds(fence.corners.map(place)).getCenter();
}

/** A row of form fields that describe one fence. */
class Row {
  constructor(element) {
    this.element = element;
    this.field = (name) => element.querySelector(`[name="fence_${name}"]`);
    this.layers = L.featureGroup();
  }

  get circle() {
    return this.field("shape").value === CIRCLE;
  }

  /** The typed points, longitude first; what is no point is left to the server to name. */
  points() {
    return this.field("points").value
      .split(/[\n;；]+/)
      .map((line) => line.trim().split(/[,，\s]+/).map(Number))
      .filter((pair) => pair.length === 2 && pair.every(Number.isFinite));
  }

  write(points) {
    this.field("points").value = points
      .map((pair) => pair.map((value) => value.toFixed(6)).join(","))
      .join("\n");
  }
}

/** The map beside the fields of several fences. A click sets the chosen fence's next point. */
class Editor {
  constructor(root) {
    this.root = root;
    this.tiles = JSON.parse(root.dataset.fenceEditor);
    this.list = root.querySelector("[data-fences]");
    this.map = begin(root.querySelector("[data-fence-map]"), this.tiles);
    this.datum = root.querySelector("[name=datum]");
    this.rows = [...this.list.querySelectorAll("[data-fence]")].map((one) => this.take(one));
    this.choose(this.rows[0]);
    root.querySelectorAll("[data-fence-add]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => this.add(button.dataset.fenceAdd));
    });
    this.map.on("click", (event) => this.clicked(event.latlng));
    this.typed = this.datum.value;
    this.datum.addEventListener("change", () => this.retype());
    this.show();
    this.fit();
  }

  take(element) {
    const row = new Row(element);
    row.layers.addTo(this.map);
    element.addEventListener("input", () => this.show());
    element.addEventListener("focusin", () => this.choose(row));
    const remove = element.querySelector("[data-fence-remove]");
    remove.hidden = false;
    remove.addEventListener("click", () => this.remove(row));
    return row;
  }

  add(shape) {
    const template = this.root.querySelector("template");
    this.list.append(template.content.cloneNode(true));
    const row = this.take(this.list.lastElementChild);
    row.field("shape").value = shape;
    this.rows.push(row);
    this.choose(row);
    this.show();
    row.field("name").focus();
  }

  remove(row) {
    row.layers.remove();
    row.element.remove();
    this.rows = this.rows.filter((one) => one !== row);
    this.choose(this.rows[this.rows.length - 1]);
  }

  choose(row) {
    this.chosen = row;
    this.rows?.forEach((one) => one.element.classList.toggle("chosen", one === row));
  }

  place(point) {
    return convert(point, this.datum.value, this.tiles.datum).reverse();
  }

  point({ lat, lng }) {
    return convert([lng, lat], this.tiles.datum, this.datum.value);
  }

  clicked(where) {
    if (!this.chosen) this.add(CIRCLE);
    const row = this.chosen;
    row.write(row.circle ? [this.point(where)] : [...row.points(), this.point(where)]);
    if (row.circle && !row.field("radius").value) row.field("radius").value = "200";
    this.show();
  }

  /** Another datum was chosen: the same places are written in its numbers. */
  retype() {
    this.rows.forEach((row) => {
      const points = row.points().map((one) => convert(one, this.typed, this.datum.value));
      if (points.length) row.write(points);
    });
    this.typed = this.datum.value;
    this.show();
  }

  show() {
    this.rows.forEach((row) => {
      row.layers.clearLayers();
      row.element.classList.toggle("is-polygon", !row.circle);
      row.field("points").rows = row.circle ? 1 : Math.max(3, row.points().length);
      const points = row.points();
      const places = points.map((one) => this.place(one));
      const style = { className: "fence", weight: 2 };
      if (row.circle && places.length) {
        const radius = Number(row.field("radius").value) || 0;
        L.circle(places[0], { radius, ...style }).addTo(row.layers);
      } else if (places.length > 1) {
        L.polygon(places, style).addTo(row.layers);
      }
      (row.circle ? places.slice(0, 1) : places).forEach((at, index) => {
        const handle = L.marker(at, {
          draggable: true,
          keyboard: false,
          icon: L.divIcon({ className: "pin pin-handle", iconSize: [14, 14] }),
        });
        handle.on("dragend", () => {
          points[index] = this.point(handle.getLatLng());
          row.write(points);
          this.choose(row);
          this.show();
        });
        handle.addTo(row.layers);
      });
    });
  }

  fit() {
    const all = L.featureGroup(this.rows.map((row) => row.layers));
    const bounds = all.getBounds();
    if (bounds.isValid()) this.map.fitBounds(bounds, { maxZoom: CLOSE, padding: [24, 24] });
    else if (this.tiles.near) this.map.setView(this.place(this.tiles.near), 13);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-map]").forEach(look);
  document.querySelectorAll("[data-fence-editor]").forEach((root) => new Editor(root));
});
