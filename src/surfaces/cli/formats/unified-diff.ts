/** Lines shown around a change, as `diff -u` does. */
const context = 3;
/** Past this many changed lines the shortest way is not searched for: all that lies between is replaced. */
const mostSteps = 2_000;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/**
 * What turns one text into another, as `patch -p1` and `git apply` read it; empty for equal texts. Paths are told as `a/`
 * and `b/` unless they are absolute.
 */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return "";
  const lines = changedLines(linesOf(before), linesOf(after));
  const name = (side: string): string => (path.startsWith("/") ? path : `${side}/${path.replace(/^\.\//, "")}`);
  return [`--- ${name("a")}\n`, `+++ ${name("b")}\n`, ...hunks(lines)].join("");
}

/** Each with its line end, so that a missing last one is a difference. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function changedLines(a: readonly string[], b: readonly string[]): readonly Line[] {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const same = (text: string): Line => ({ mark: " ", text });
  return [
    ...a.slice(0, head).map(same),
    ...shortestWay(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...a.slice(a.length - tail).map(same),
  ];
}

/** Myers' greedy search: `ends[k]` is how far the best way on diagonal k has come after d steps. */
function shortestWay(a: readonly string[], b: readonly string[]): readonly Line[] {
  const most = Math.min(a.length + b.length, mostSteps);
  const trail: Int32Array[] = [];
  const ends = new Int32Array(2 * most + 3);
  const middle = most + 1;
  for (let d = 0; d <= most; d += 1) {
    trail.push(ends.slice());
    for (let k = -d; k <= d; k += 2) {
      const isDown = k === -d || (k !== d && ends[middle + k - 1]! < ends[middle + k + 1]!);
      let x = isDown ? ends[middle + k + 1]! : ends[middle + k - 1]! + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) {
        x += 1;
        y += 1;
      }
      ends[middle + k] = x;
      if (x >= a.length && y >= b.length) return wayBack(a, b, trail, middle);
    }
  }
  return [...a.map((text): Line => ({ mark: "-", text })), ...b.map((text): Line => ({ mark: "+", text }))];
}

/** From the end back through the steps: before each stood one line less of one side, and then what both share. */
function wayBack(a: readonly string[], b: readonly string[], trail: readonly Int32Array[], middle: number): Line[] {
  const lines: Line[] = [];
  let x = a.length;
  let y = b.length;
  const shareBackTo = (startX: number): void => {
    while (x > startX) {
      x -= 1;
      y -= 1;
      lines.push({ mark: " ", text: a[x]! });
    }
  };
  for (let d = trail.length - 1; d > 0; d -= 1) {
    const ends = trail[d]!;
    const k = x - y;
    const isDown = k === -d || (k !== d && ends[middle + k - 1]! < ends[middle + k + 1]!);
    const before = isDown ? ends[middle + k + 1]! : ends[middle + k - 1]!;
    shareBackTo(isDown ? before : before + 1);
    if (isDown) lines.push({ mark: "+", text: b[(y -= 1)]! });
    else lines.push({ mark: "-", text: a[(x -= 1)]! });
  }
  shareBackTo(0);
  return lines.toReversed();
}

function hunks(lines: readonly Line[]): readonly string[] {
  const changed = lines.flatMap(({ mark }, i) => (mark === " " ? [] : i));
  const spans: { from: number; to: number }[] = [];
  for (const i of changed) {
    const open = spans.at(-1);
    if (open !== undefined && i - context <= open.to + context) open.to = i + 1;
    else spans.push({ from: i, to: i + 1 });
  }
  const count = (from: number, to: number, other: "-" | "+"): number =>
    lines.slice(from, to).filter(({ mark }) => mark !== other).length;
  return spans.map(({ from, to }) => {
    const [start, end] = [Math.max(0, from - context), Math.min(lines.length, to + context)];
    const part = (other: "-" | "+"): string => {
      const length = count(start, end, other);
      const before = count(0, start, other);
      return `${length === 0 ? before : before + 1}${length === 1 ? "" : `,${length}`}`;
    };
    const body = lines
      .slice(start, end)
      .map(({ mark, text }) => `${mark}${text.endsWith("\n") ? text : `${text}\n\\ No newline at end of file\n`}`);
    return `@@ -${part("+")} +${part("-")} @@\n${body.join("")}`;
  });
}
