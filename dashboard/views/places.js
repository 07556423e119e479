// A map of papers and topics on three canvases: discs of topics, papers, and what is written or marked upon them.
//
// Papers are set pixel by pixel: 100,000 of them take a few milliseconds on any processor, without a graphics card.
// What comes in is described in dashboard/charts/places.py. What goes out are triggers: `region` (corners of a marked
// area as "x_y.x_y", in thousandths), `picked` ("x_y", a paper's place) and `topic` (the number of a topic).

const TRAIL = 3; // months that stay bright while time plays
const STEP = 260; // milliseconds a month
const NEAR = 9; // pixels within which a paper is meant
const CELLS = 128; // of a side of the grid by which a paper is found
const CORNERS = 48; // of a marked area at most
const CONTRAST = 2.6; // of a colour with the page, at least: what has less is hard to make out
const NONE = 0xffff;

const maps = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
    let map = maps.get(parentElement);
    if (!map) maps.set(parentElement, (map = new PaperMap(parentElement)));
    map.show(data, setTriggerValue);
    return () => map.pause();
}

class PaperMap {
    constructor(root) {
        this.root = root;
        const find = (name) => root.querySelector(name);
        this.box = find(".map");
        [this.ground, this.points, this.marks] = [".ground", ".points", ".marks"].map(find);
        this.tip = find(".tip");
        this.slider = find(".time input");
        this.told = find(".time output");
        this.legend = find(".legend");
        this.buttons = Object.fromEntries([...root.querySelectorAll("button")].map((one) => [one.dataset.do, one]));
        this.touches = new Map();
        this.listen();
        new ResizeObserver(() => this.resize()).observe(this.box);
    }

    // ---- what comes in ----

    show(data, send) {
        this.send = send;
        if (this.shown === data) return;
        this.shown = data;
        const raw = numbers(data.places, Uint16Array);
        const [x0, y0] = data.low, [x1, y1] = data.high;
        this.n = data.papers;
        this.x = new Float32Array(this.n);
        this.y = new Float32Array(this.n);
        for (let i = 0; i < this.n; i++) {
            this.x[i] = x0 + (raw[2 * i] / NONE) * (x1 - x0);
            this.y[i] = y0 + (raw[2 * i + 1] / NONE) * (y1 - y0);
        }
        this.topic = numbers(data.topic, Uint16Array);
        this.month = numbers(data.month, Uint16Array);
        this.shade = numbers(data.shade, Uint8Array);
        this.muted = numbers(data.muted, Uint8Array);
        this.order = mutedFirst(this.muted);
        this.narrowed = this.muted.includes(1);
        this.region = data.region ? corners(data.region) : null;
        this.index();
        const last = data.months.length - 1;
        if (Number(this.slider.max) !== last || this.now === undefined) {
            this.slider.max = last;
            this.now = last;
        }
        this.slider.value = this.now;
        this.tell();
        this.marks.setAttribute("aria-label", data.alt);
        this.paper = null; // colours are mixed anew
        const bounds = `${data.low} ${data.high}`;
        if (this.bounds !== bounds) {
            this.bounds = bounds;
            this.view = null; // another map: seen whole
        }
        this.resize();
    }

    // Papers by the cell of a grid they lie in: a counting sort.
    index() {
        const [x0, y0] = this.shown.low, [x1, y1] = this.shown.high;
        this.cell = (x, y) => {
            const clamp = (part) => Math.min(CELLS - 1, Math.max(0, Math.floor(part * CELLS)));
            return clamp((y - y0) / (y1 - y0)) * CELLS + clamp((x - x0) / (x1 - x0));
        };
        this.first = new Uint32Array(CELLS * CELLS + 1);
        const cells = new Uint16Array(this.n);
        for (let i = 0; i < this.n; i++) this.first[(cells[i] = this.cell(this.x[i], this.y[i])) + 1]++;
        for (let c = 0; c < CELLS * CELLS; c++) this.first[c + 1] += this.first[c];
        const next = this.first.slice();
        this.inCell = new Uint32Array(this.n);
        for (let i = 0; i < this.n; i++) this.inCell[next[cells[i]]++] = i;
    }

    // The darkest shades would sink into a dark page and the palest fade on a light one, and a reader may change the
    // theme at any time.
    mix(ink, paper) {
        [this.ink, this.paper] = [ink, paper];
        const { palette, topics, legend, wide } = this.shown;
        const clear = (colour) => legible(colour, ink, paper);
        const clearly = palette.map(clear);
        this.bright = clearly.map((colour) => packed(colour, 0.9));
        this.faded = clearly.map((colour) => packed(colour, 0.34));
        this.colours = topics.map((topic) => clear(topic.colour));
        this.writeLegend(legend.map(([colour, words]) => [clear(colour), words]), wide, clearly);
    }

    writeLegend(legend, wide, palette) {
        this.legend.replaceChildren(...legend.map(([colour, words], place) => {
            const item = document.createElement("li");
            const spot = item.appendChild(document.createElement("i"));
            spot.style.background = colour;
            if (wide && place === 0 && legend.length > 2) {
                spot.className = "wide";
                spot.style.background = `linear-gradient(to right, ${palette.slice(0, -1).join(",")})`;
                item.append(`${words} to ${legend[1][1]}`);
                return item;
            }
            if (wide && place === 1 && legend.length > 2) item.hidden = true;
            item.append(words);
            return item;
        }).filter((item) => !item.hidden));
    }

    // ---- the view: its middle, and pixels a unit ----

    resize() {
        if (!this.shown || !this.box.clientWidth) return;
        this.ratio = Math.min(2, window.devicePixelRatio || 1);
        this.width = this.box.clientWidth;
        this.height = this.box.clientHeight;
        for (const canvas of [this.ground, this.points, this.marks]) {
            canvas.width = Math.round(this.width * this.ratio);
            canvas.height = Math.round(this.height * this.ratio);
        }
        this.image = this.points.getContext("2d").createImageData(this.points.width, this.points.height);
        this.pixels = new Uint32Array(this.image.data.buffer);
        if (!this.view || this.untouched) this.whole();
        this.draw();
    }

    whole() {
        this.untouched = true;
        const [x0, y0] = this.shown.low, [x1, y1] = this.shown.high;
        const scale = 0.94 * Math.min(this.width / (x1 - x0), this.height / (y1 - y0));
        this.view = { x: (x0 + x1) / 2, y: (y0 + y1) / 2, scale };
        this.wholeScale = scale;
    }

    toScreen(x, y) {
        const { view } = this;
        return [(x - view.x) * view.scale + this.width / 2, this.height / 2 - (y - view.y) * view.scale];
    }

    toMap(sx, sy) {
        const { view } = this;
        return [view.x + (sx - this.width / 2) / view.scale, view.y - (sy - this.height / 2) / view.scale];
    }

    pan(dx, dy) {
        this.untouched = false;
        this.view.x -= dx / this.view.scale;
        this.view.y += dy / this.view.scale;
        this.draw();
    }

    zoom(by, sx = this.width / 2, sy = this.height / 2) {
        this.untouched = false;
        const [x, y] = this.toMap(sx, sy);
        const scale = Math.min(200 * this.wholeScale, Math.max(0.5 * this.wholeScale, this.view.scale * by));
        this.view = { x: x - (sx - this.width / 2) / scale, y: y + (sy - this.height / 2) / scale, scale };
        this.draw();
    }

    // ---- drawing, once a frame ----

    draw() {
        if (this.waiting) return;
        this.waiting = requestAnimationFrame(() => {
            this.waiting = 0;
            const style = getComputedStyle(this.box);
            const ink = hex(style.getPropertyValue("--st-text-color").trim() || style.color);
            const paper = hex(style.getPropertyValue("--st-background-color").trim() || "#ffffff");
            if (ink !== this.ink || paper !== this.paper) this.mix(ink, paper);
            this.drawDiscs();
            this.drawPoints();
            this.drawMarks();
        });
    }

    get atEnd() {
        return this.now >= this.shown.months.length - 1;
    }

    // How many papers each topic has by now.
    counts() {
        if (this.atEnd) return this.shown.topics.map((topic) => (this.narrowed ? topic.asked : topic.papers));
        const counted = new Uint32Array(this.shown.topics.length);
        for (let i = 0; i < this.n; i++) {
            if (this.month[i] <= this.now && !this.muted[i] && this.topic[i] !== NONE) counted[this.topic[i]]++;
        }
        return counted;
    }

    drawDiscs() {
        const pen = this.pen(this.ground);
        const solid = this.shown.level === "topics";
        const counts = solid ? this.counts() : null;
        this.shown.topics.forEach((topic, place) => {
            const [sx, sy] = this.toScreen(topic.x, topic.y);
            disc(pen, sx, sy, topic.radius * this.view.scale);
            pen.fillStyle = this.colours[place];
            pen.globalAlpha = solid ? 0.16 : 0.09;
            pen.fill();
            pen.globalAlpha = 0.5;
            pen.strokeStyle = this.colours[place];
            pen.lineWidth = 1;
            pen.stroke();
            if (!solid || !counts[place]) return;
            disc(pen, sx, sy, topic.radius * this.view.scale * Math.sqrt(counts[place] / topic.papers));
            pen.globalAlpha = 0.75;
            pen.fill();
        });
    }

    drawPoints() {
        const { pixels, order, x, y, month, shade, muted, now } = this;
        const { width, height } = this.points;
        pixels.fill(0);
        if (this.shown.level !== "topics") {
            const zoom = this.view.scale / this.wholeScale;
            const narrow = Math.min(1, Math.sqrt(this.width / 900)); // on a phone they would run together
            const crowd = (this.n > 30000 ? 1.6 : this.n > 3000 ? 2.4 : 3.6) * narrow;
            const stamp = round(Math.min(11, crowd * Math.pow(zoom, 0.45)) * this.ratio, width);
            const scale = this.view.scale * this.ratio;
            const left = width / 2 - this.view.x * scale, top = height / 2 + this.view.y * scale;
            const grey = packed(this.ink, 0.13), edge = stamp.reach, atEnd = this.atEnd;
            for (let k = 0; k < order.length; k++) {
                const i = order[k];
                if (!atEnd && month[i] > now) continue; // not yet; undated ones show at the end only
                const px = (x[i] * scale + left) | 0, py = (top - y[i] * scale) | 0;
                if (px < edge || py < edge || px >= width - edge || py >= height - edge) continue;
                const old = !atEnd && month[i] <= now - TRAIL;
                const colour = muted[i] ? grey : (old ? this.faded : this.bright)[shade[i]];
                const at = py * width + px;
                for (let s = 0; s < stamp.offsets.length; s++) pixels[at + stamp.offsets[s]] = colour;
            }
        }
        this.points.getContext("2d").putImageData(this.image, 0, 0);
    }

    drawMarks() {
        const pen = this.pen(this.marks);
        if (this.region) outline(pen, this.region.map(([x, y]) => this.toScreen(x, y)), this.ink, true);
        if (this.drawn) outline(pen, this.drawn, this.ink, false);
        this.drawLabels(pen);
        if (this.shown.at) {
            const [sx, sy] = this.toScreen(...this.shown.at);
            ring(pen, sx, sy, this.ink, this.paper);
        }
        if (this.hovered >= 0) ring(pen, ...this.toScreen(this.x[this.hovered], this.y[this.hovered]), this.ink, this.paper);
    }

    // Names of topics, the largest first, on the disc or else free of any below or above it; one that finds no place
    // waits for a closer look.
    drawLabels(pen) {
        const size = this.width < 500 ? 11 : 13;
        pen.font = `600 ${size}px ${getComputedStyle(this.box).fontFamily || "sans-serif"}`;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.lineJoin = "round";
        pen.lineWidth = 3.5;
        const taken = [];
        const discs = this.shown.topics.map(({ x, y, radius }) => [...this.toScreen(x, y), radius * this.view.scale]);
        const isFree = ([left, top, right, bottom]) => top > 0 && bottom < this.height && discs.every(([x, y, radius]) =>
            Math.hypot(x - Math.min(right, Math.max(left, x)), y - Math.min(bottom, Math.max(top, y))) >= radius);
        this.shown.topics.forEach((topic, place) => {
            const [centre, middle, radius] = discs[place];
            if (centre < -60 || middle < -20 || centre > this.width + 60 || middle > this.height + 20) return;
            const lines = wrapped(topic.label, this.width < 500 ? 13 : 18);
            const half = Math.max(...lines.map((line) => pen.measureText(line).width)) / 2 + 3;
            const tall = (lines.length * size * 1.15) / 2 + 1;
            // A disc at the rim keeps its whole name in view.
            const sx = centre < 0 || centre > this.width ? centre : Math.max(half, Math.min(this.width - half, centre));
            const beside = radius + tall + 1;
            const around = (at) => [sx - half, at - tall, sx + half, at + tall];
            const sy = [middle, middle + beside, middle - beside].find((at) =>
                (at === middle || isFree(around(at))) && taken.every((other) => apart(around(at), other)));
            if (sy === undefined) return;
            taken.push(around(sy));
            lines.forEach((line, row) => {
                const at = sy + (row - (lines.length - 1) / 2) * size * 1.15;
                pen.globalAlpha = 0.85;
                pen.strokeStyle = this.paper;
                pen.strokeText(line, sx, at);
                pen.globalAlpha = 1;
                pen.fillStyle = this.ink;
                pen.fillText(line, sx, at);
            });
        });
    }

    pen(canvas) {
        const pen = canvas.getContext("2d");
        pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
        pen.clearRect(0, 0, this.width, this.height);
        return pen;
    }

    // ---- what is under a place ----

    paperAt(sx, sy) {
        if (this.shown.level === "topics") return -1;
        const [x, y] = this.toMap(sx, sy);
        const reach = NEAR / this.view.scale;
        const low = this.cell(x - reach, y - reach), high = this.cell(x + reach, y + reach);
        let best = -1, nearest = reach * reach;
        for (let row = Math.floor(low / CELLS); row <= Math.floor(high / CELLS); row++) {
            for (let c = row * CELLS + (low % CELLS); c <= row * CELLS + (high % CELLS); c++) {
                for (let k = this.first[c]; k < this.first[c + 1]; k++) {
                    const i = this.inCell[k];
                    if (!this.atEnd && this.month[i] > this.now) continue;
                    if (this.muted[i]) continue;
                    const away = (this.x[i] - x) ** 2 + (this.y[i] - y) ** 2;
                    if (away < nearest) [best, nearest] = [i, away];
                }
            }
        }
        return best;
    }

    topicAt(sx, sy) {
        const [x, y] = this.toMap(sx, sy);
        return this.shown.topics.find((topic) => Math.hypot(topic.x - x, topic.y - y) <= topic.radius);
    }

    hover(sx, sy) {
        const paper = this.paperAt(sx, sy);
        const topic = paper >= 0 ? this.shown.topics[this.topic[paper]] : this.topicAt(sx, sy);
        const changed = this.hovered !== paper;
        this.hovered = paper;
        const lines = paper >= 0 ? this.story(paper, topic) : topic ? [topic.label, this.counted(topic)] : [];
        this.tip.hidden = !lines.length;
        if (lines.length) {
            const bold = document.createElement("b");
            bold.textContent = lines[0];
            this.tip.replaceChildren(bold, lines.slice(1).join(" · "));
            const left = sx > this.width / 2 ? sx - this.tip.offsetWidth - 14 : sx + 14;
            this.tip.style.left = `${Math.max(4, Math.min(left, this.width - this.tip.offsetWidth - 4))}px`;
            this.tip.style.top = `${Math.max(4, Math.min(sy + 14, this.height - this.tip.offsetHeight - 4))}px`;
        }
        if (changed) this.draw();
    }

    story(paper, topic) {
        const { titles, months } = this.shown;
        const month = months[this.month[paper]] || "no date";
        const label = topic ? topic.label : "No topic";
        return titles ? [titles[paper], label, month] : [label, month, "click to read"];
    }

    counted(topic) {
        const all = `${topic.papers.toLocaleString("en")} papers`;
        return this.narrowed ? `${topic.asked.toLocaleString("en")} of ${all}` : all;
    }

    click(sx, sy) {
        const paper = this.paperAt(sx, sy);
        if (paper >= 0) return this.send("picked", written([[this.x[paper], this.y[paper]]]));
        const topic = this.topicAt(sx, sy);
        if (topic) this.send("topic", topic.id);
    }

    mark(corners) {
        this.region = corners;
        this.drawn = null;
        this.draw();
        if (corners.length >= 3) this.send("region", written(corners));
    }

    // ---- time ----

    tell() {
        this.told.textContent = this.atEnd ? "All months" : `until ${this.shown.months[this.now]}`;
        this.slider.setAttribute("aria-valuetext", this.told.textContent);
    }

    at(month) {
        this.now = month;
        this.slider.value = month;
        this.tell();
        this.draw();
    }

    play() {
        if (this.timer) return this.pause();
        if (this.atEnd) this.at(0);
        this.buttons.play.textContent = "Pause";
        this.buttons.play.setAttribute("aria-label", "Pause");
        this.timer = setInterval(() => (this.atEnd ? this.pause() : this.at(this.now + 1)), STEP);
    }

    pause() {
        clearInterval(this.timer);
        this.timer = null;
        this.buttons.play.textContent = "Play";
        this.buttons.play.setAttribute("aria-label", "Play through time");
    }

    // ---- what a reader does ----

    listen() {
        const does = {
            in: () => this.zoom(1.6),
            out: () => this.zoom(1 / 1.6),
            all: () => (this.whole(), this.draw()),
            lasso: () => this.lasso(!this.lassoing),
            view: () => this.mark([[0, 0], [this.width, 0], [this.width, this.height], [0, this.height]].map((at) => this.toMap(...at))),
            play: () => this.play(),
        };
        for (const [name, button] of Object.entries(this.buttons)) button.addEventListener("click", does[name]);
        this.slider.addEventListener("input", () => (this.pause(), this.at(Number(this.slider.value))));
        const keys = {
            ArrowLeft: () => this.pan(60, 0), ArrowRight: () => this.pan(-60, 0),
            ArrowUp: () => this.pan(0, 60), ArrowDown: () => this.pan(0, -60),
            "+": does.in, "=": does.in, "-": does.out, 0: does.all, Enter: does.view,
            Escape: () => (this.lasso(false), (this.drawn = null), this.draw()),
        };
        this.marks.addEventListener("keydown", (event) => {
            if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
            event.preventDefault();
            keys[event.key]();
        });
        this.marks.addEventListener("wheel", (event) => {
            event.preventDefault();
            this.zoom(Math.exp(-event.deltaY / 400), ...this.place(event));
        }, { passive: false });
        this.marks.addEventListener("pointerdown", (event) => this.down(event));
        this.marks.addEventListener("pointermove", (event) => this.move(event));
        for (const end of ["pointerup", "pointercancel"]) this.marks.addEventListener(end, (event) => this.up(event));
        this.marks.addEventListener("pointerleave", () => {
            this.tip.hidden = true;
            this.hovered = -1;
            this.draw();
        });
        // One finger scrolls the page, two move the map.
        for (const kind of ["touchstart", "touchmove"]) {
            this.marks.addEventListener(kind, (event) => {
                if (event.touches.length > 1) event.preventDefault();
            }, { passive: false });
        }
    }

    lasso(on) {
        this.lassoing = on;
        this.buttons.lasso.setAttribute("aria-pressed", on);
        this.marks.classList.toggle("lasso", on);
    }

    place(event) {
        const { left, top } = this.marks.getBoundingClientRect();
        return [event.clientX - left, event.clientY - top];
    }

    down(event) {
        const at = this.place(event);
        this.touches.set(event.pointerId, at);
        if (this.touches.size > 1) {
            this.drawn = null;
            return;
        }
        this.pressed = at;
        this.moved = false;
        this.finger = event.pointerType === "touch";
        if (this.lassoing || event.shiftKey) this.drawn = [at];
        if (this.drawn || !this.finger) this.marks.setPointerCapture(event.pointerId);
    }

    move(event) {
        const at = this.place(event);
        const before = this.touches.get(event.pointerId);
        if (!before) return this.hover(...at);
        if (this.pressed && Math.hypot(at[0] - this.pressed[0], at[1] - this.pressed[1]) > 4) this.moved = true;
        if (this.touches.size > 1) this.pinch(event.pointerId, before, at);
        else if (this.drawn) this.drawn.push(at), this.draw();
        else if (!this.finger && this.moved) this.pan(at[0] - before[0], at[1] - before[1]);
        this.touches.set(event.pointerId, at);
        this.tip.hidden = true;
    }

    pinch(id, before, at) {
        const other = [...this.touches].find(([one]) => one !== id)[1];
        const wide = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
        this.pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
        this.zoom(wide(at) / Math.max(1, wide(before)), (at[0] + other[0]) / 2, (at[1] + other[1]) / 2);
        this.moved = true;
    }

    up(event) {
        const known = this.touches.delete(event.pointerId);
        if (!known || event.type === "pointercancel") {
            this.drawn = null;
            return;
        }
        if (this.drawn && this.moved) {
            const step = Math.ceil(this.drawn.length / CORNERS);
            this.mark(this.drawn.filter((_, place) => place % step === 0).map((at) => this.toMap(...at)));
            this.lasso(false);
        } else if (!this.moved) {
            this.drawn = null;
            this.click(...this.place(event));
        }
    }
}

function numbers(base64, Kind) {
    const signs = atob(base64), bytes = new Uint8Array(signs.length);
    for (let i = 0; i < signs.length; i++) bytes[i] = signs.charCodeAt(i);
    return new Kind(bytes.buffer);
}

function mutedFirst(muted) {
    const order = new Uint32Array(muted.length);
    let at = 0;
    for (const wanted of [1, 0]) for (let i = 0; i < muted.length; i++) if (muted[i] === wanted) order[at++] = i;
    return order;
}

// A colour written #rrggbb as a pixel: alpha, blue, green, red.
function packed(colour, alpha) {
    const part = (place) => parseInt(colour.slice(place, place + 2), 16) || 0;
    return ((Math.round(alpha * 255) << 24) | (part(5) << 16) | (part(3) << 8) | part(1)) >>> 0;
}

// A colour moved towards the ink until it stands out from the paper.
function legible(colour, ink, paper) {
    const parts = (one) => [1, 3, 5].map((place) => parseInt(one.slice(place, place + 2), 16) || 0);
    const light = (rgb) => {
        const [red, green, blue] = rgb.map((part) => Math.pow(part / 255, 2.2));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const behind = light(parts(paper)), end = parts(ink);
    let rgb = parts(colour);
    for (let step = 0; step < 20; step++) {
        const ratio = light(rgb) / behind;
        if (Math.max(ratio, 1 / ratio) >= CONTRAST) break;
        rgb = rgb.map((part, place) => part + 0.08 * (end[place] - part));
    }
    return `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

// Any colour of CSS as #rrggbb.
const known = new Map();
function hex(colour) {
    if (!known.has(colour)) {
        const pen = document.createElement("canvas").getContext("2d");
        pen.fillStyle = colour;
        known.set(colour, pen.fillStyle);
    }
    return known.get(colour);
}

// The pixels of a round dot about its middle, as steps in an image so many pixels wide.
function round(size, width) {
    const reach = Math.ceil(size / 2), offsets = [];
    for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++) {
            if (dx * dx + dy * dy <= (size * size) / 4 + 0.8) offsets.push(dy * width + dx);
        }
    }
    return { reach: reach + 1, offsets: Int32Array.from(offsets) };
}

function disc(pen, x, y, radius) {
    pen.beginPath();
    pen.arc(x, y, Math.max(0.5, radius), 0, 2 * Math.PI);
}

function ring(pen, x, y, ink, paper) {
    disc(pen, x, y, 7);
    pen.lineWidth = 4;
    pen.strokeStyle = paper;
    pen.stroke();
    pen.lineWidth = 2;
    pen.strokeStyle = ink;
    pen.stroke();
}

function outline(pen, places, ink, closed) {
    pen.beginPath();
    places.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    if (closed) pen.closePath();
    pen.setLineDash(closed ? [6, 4] : []);
    pen.lineWidth = 1.8;
    pen.strokeStyle = ink;
    pen.stroke();
    pen.setLineDash([]);
}

// Whether two boxes (left, top, right, bottom) have nothing in common.
function apart(one, other) {
    return one[0] >= other[2] || one[2] <= other[0] || one[1] >= other[3] || one[3] <= other[1];
}

function wrapped(label, characters) {
    const lines = [];
    for (const word of label.split(" ")) {
        const last = lines.length - 1;
        if (last >= 0 && lines[last].length + word.length < characters) lines[last] += ` ${word}`;
        else lines.push(word);
    }
    return lines;
}

function written(places) {
    return places.map(([x, y]) => `${Math.round(1000 * x)}_${Math.round(1000 * y)}`).join(".");
}

function corners(text) {
    return text.split(".").map((place) => place.split("_").map((part) => Number(part) / 1000));
}
