/** Numbers to pixels and back: the only file of the page that multiplies or divides. */

// -- the unrolled network: a column for each time stamp ------------------------------------------

const PITCH = 176;
export const NODE = { width: 136, height: 44, state: 80 };
export const ROWS = { out: 26, box: 90, state: 170, input: 258 };
export const HEIGHT = 280;

/** The middle of the column of time stamp k; 0 is that of State 0. */
export const column = (k) => (k === 0 ? 30 : PITCH * k);
export const networkWidth = (nSteps) => column(nSteps) + PITCH + 52;
export const errorColumn = (nSteps) => column(nSteps) + PITCH;

/** Where the arrow of the activation passes its box, and the middle of that box. */
export const beside = (k) => ({ arrow: column(k) - 52, box: column(k) + 14 });

/** The two edges of what is so large in the middle of there. */
export const edges = (middle, size) => [middle - size / 2, middle + size / 2];

/** How far to scroll so that time stamp k is in view, and no further. */
export const scrolled = (scroller, k) => {
  const [left, right] = [column(k - 1), column(k + 1)];
  return Math.max(Math.min(scroller.scrollLeft, left), right - scroller.clientWidth);
};

/** The way from State_k(Out) to State_{k+1}(In). */
export function wayTo(k, fromRow) {
  const [x, to] = [column(k), column(k + 1)];
  const [right, left] = [x + (k === 0 ? 24 : NODE.width / 2), to - NODE.width / 2];
  const middle = (right + left) / 2;
  return `M ${right} ${fromRow} C ${middle + 6} ${fromRow}, ${middle - 6} ${ROWS.state}, ${left - 5} ${ROWS.state}`;
}

/** Where the name of the weight stands on that way. */
export const onTheWay = (k, fromRow) => [
  (column(k) + (k === 0 ? 24 : NODE.width / 2) + column(k + 1) - NODE.width / 2) / 2,
  (fromRow + ROWS.state) / 2,
];

// -- bars ----------------------------------------------------------------------------------------

/** A bar from the zero line in the middle: where it begins and how long it is, in percent. */
export const bar = (length) => ({
  left: `${50 + Math.min(length, 0) * 49}%`,
  width: `${Math.abs(length) * 49}%`,
});

// -- weights, moved by a pointer or a key --------------------------------------------------------

/** How far a place is along a stretch: 0 at its beginning and before, 1 at its end and beyond. */
const along = (at, from, size) => Math.max(0, Math.min(1, (at - from) / size));

/** A weight as a text, with so many digits behind the point, but no zeros at the end. */
const rounded = (weight, digits) => String(Number(weight.toFixed(digits)));

const THUMB = 16; // its width; its middle does not reach the ends

/** What a slider says when its thumb is under the pointer. */
export function slidTo(event, slider) {
  const box = slider.getBoundingClientRect();
  const part = along(event.clientX, box.left + THUMB / 2, box.width - THUMB);
  const steps = Math.round((part * (slider.max - slider.min)) / slider.step);
  return rounded(Number(slider.min) + steps * slider.step, 2);
}

/** The weights under a pointer, on the grid of thousandths. */
export function weightsAt(event, element, reach) {
  const box = element.getBoundingClientRect();
  const wx = (2 * along(event.clientX, box.left, box.width) - 1) * reach;
  const wrec = (1 - 2 * along(event.clientY, box.top, box.height)) * reach;
  return { wx: rounded(wx, 3), wrec: rounded(wrec, 3) };
}

/** A weight moved by a key: a hundredth of the reach, or a tenth of that. */
export const nudged = (weight, direction, reach, fine) =>
  rounded(weight + direction * reach * (fine ? 0.001 : 0.01), 4);

// -- the cost surface ----------------------------------------------------------------------------

/** A place on the surface that is whole inside it. */
export const inside = (percent) => Math.max(3, Math.min(97, percent));

/** A weight's place on the surface, in percent; what is outside sticks to the edge. */
export const place = (weight, reach) => Math.max(0, Math.min(100, 50 * (weight / reach + 1)));
export const outside = (weight, reach) => Math.abs(weight) > Number(reach);

const RAMPS = {
  light: [[252, 251, 246], [196, 212, 222], [92, 116, 138]],
  dark: [[205, 220, 230], [88, 110, 130], [26, 34, 43]],
};
const BANDS = 18;

function colours(theme) {
  const [low, middle, high] = RAMPS[theme];
  return Array.from({ length: BANDS }, (_, i) => {
    const share = (2 * i) / (BANDS - 1);
    const [from, to, part] = share < 1 ? [low, middle, share] : [middle, high, share - 1];
    return from.map((c, j) => c + (to[j] - c) * part);
  });
}

/** Paint rows of levels 0 … 255, the first row at the bottom, in bands of colour. */
export function paint(canvas, rows, theme) {
  const size = rows[0].length;
  const small = new OffscreenCanvas(size, rows.length);
  const image = new ImageData(size, rows.length);
  rows.forEach((row, j) => row.forEach((level, i) => {
    const at = 4 * ((rows.length - 1 - j) * size + i);
    image.data.fill(level, at, at + 3);
    image.data[at + 3] = 255;
  }));
  small.getContext("2d").putImageData(image, 0, 0);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  // the outermost points of the grid lie on the edge of the picture
  const [sx, sy] = [canvas.width / (size - 1), canvas.height / (rows.length - 1)];
  context.drawImage(small, -sx / 2, -sy / 2, sx * size, sy * rows.length);
  const smooth = context.getImageData(0, 0, canvas.width, canvas.height);
  const band = colours(theme);
  for (let at = 0; at < smooth.data.length; at += 4) {
    const [r, g, b] = band[Math.min(BANDS - 1, (smooth.data[at] * BANDS) >> 8)];
    smooth.data[at] = r;
    smooth.data[at + 1] = g;
    smooth.data[at + 2] = b;
  }
  context.putImageData(smooth, 0, 0);
}

/** The coarse rows stand where finer ones have not come yet. */
export function finer(rows, size) {
  const from = rows ?? [[0]];
  const pick = (list, i) => list[Math.round(list.length * (i + 0.5) / size - 0.5)] ?? list.at(-1);
  return Array.from({ length: size }, (_, j) =>
    Array.from({ length: size }, (_, i) => pick(pick(from, j), i)));
}
