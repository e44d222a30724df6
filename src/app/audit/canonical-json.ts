/**
 * The one text of a JSON value, in the manner of RFC 8785 (JCS): no blanks, the members of an object sorted by the UTF-16 code units of
 * their names, numbers and strings as ECMAScript's `JSON.stringify` writes them. As there, members that are `undefined` are left out
 * and `undefined` in a list is null. Half a surrogate pair, which JCS forbids, becomes U+FFFD, so that every text can be told.
 * Throws for what JSON cannot hold: numbers that are not finite, big integers, functions, symbols.
 * @example canonicalJson({ b: [1.0, undefined], a: "é", c: undefined }) // {"a":"é","b":[1,null]}
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.toWellFormed());
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`the number ${value} has no JSON`);
      return JSON.stringify(value);
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? listOf(value) : objectOf(value as Readonly<Record<string, unknown>>);
    default:
      throw new TypeError(`a value of type ${typeof value} has no JSON`);
  }
}

function listOf(list: readonly unknown[]): string {
  return `[${list.map((item) => (item === undefined ? "null" : canonicalJson(item))).join(",")}]`;
}

function objectOf(object: Readonly<Record<string, unknown>>): string {
  const members: string[] = [];
  for (const name of Object.keys(object).sort()) {
    const value = object[name];
    if (value !== undefined) members.push(`${JSON.stringify(name.toWellFormed())}:${canonicalJson(value)}`);
  }
  return `{${members.join(",")}}`;
}
