/**
 * What an unquoted scalar means to Kubernetes tooling, which reads YAML through go-yaml v2 (sigs.k8s.io/yaml): YAML 1.1
 * words for booleans, octal and binary numbers, no sexagesimals, dates stay text. `port: 0443` is 291 there, and
 * `dnsName: on` is no string.
 */
export function resolvePlainScalar(text: string): string | number | boolean | null {
  const first = text.charCodeAt(0);
  // Letters that cannot begin a special word, the common case.
  if ((first >= 0x61 && first <= 0x7a) || (first >= 0x41 && first <= 0x5a)) {
    const word = words.get(text);
    return word === undefined ? text : word;
  }
  if (text === "" || text === "~") return null;
  return resolveNumber(text) ?? text;
}

const words = new Map<string, boolean | null>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["null", "Null", "NULL"].map((word) => [word, null] as const),
]);

/** Go's `ParseInt(text, 0, 64)` without underscores, then YAML's floats. */
function resolveNumber(text: string): number | undefined {
  if (!/^[-+.0-9]/.test(text)) return undefined;
  const plain = text.includes("_") ? text.replaceAll("_", "") : text;
  const whole = /^([-+]?)(0x[0-9a-fA-F]+|0b[01]+|0o?[0-7]+|[1-9][0-9]*|0)$/.exec(plain);
  if (whole !== null) {
    const digits = whole[2]!;
    const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
    return whole[1] === "-" ? -value : value;
  }
  if (/^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/.test(plain)) return Number(plain);
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^\.(nan|NaN|NAN)$/.test(text) ? Number.NaN : undefined;
}
