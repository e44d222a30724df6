/** One figure in the text format of Prometheus, with a value for each set of labels. */
export interface Figure {
  /** Of ASCII letters, digits and `_`. One that ends in `_total` counts up from the start of the process. */
  readonly name: string;
  /** One line of plain words. */
  readonly help: string;
  readonly values: readonly Value[];
}

export interface Value {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

export const expositionType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The figures as Prometheus reads them. Written here, because the usual library takes 15 MiB of an observer's memory.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function formatFigures(figures: readonly Figure[]): string {
  return figures.map(formatFigure).join("");
}

function formatFigure({ name, help, values }: Figure): string {
  if (values.length === 0) return "";
  const type = name.endsWith("_total") ? "counter" : "gauge";
  const lines = values.map(({ labels = {}, value }) => `${name}${formatLabels(labels)} ${formatNumber(value)}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

function formatNumber(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}
