/** What a JSON text may hold. */
export interface JsonLimits {
  /** Arrays and objects inside each other. */
  readonly depth: number;
  /** Arrays and objects in all. */
  readonly containers: number;
  /** Fields of all objects together. */
  readonly fields: number;
}

const quote = 0x22;
const escape = 0x5c;

/**
 * Whether a text stays within the limits, told without building any of its values: a parser makes gigabytes of objects of
 * some megabytes of brackets, and holds up everything else meanwhile. What is no JSON gets any answer; the parser says so.
 */
export function isWithin(text: string, { depth: deepest, containers: most, fields: mostFields }: JsonLimits): boolean {
  let depth = 0;
  let containers = 0;
  let fields = 0;
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case quote:
        for (i += 1; i < text.length && text.charCodeAt(i) !== quote; i += 1) if (text.charCodeAt(i) === escape) i += 1;
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        containers += 1;
        if (depth > deepest || containers > most) return false;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case 0x3a: // :
        fields += 1;
        if (fields > mostFields) return false;
        break;
      default:
    }
  }
  return true;
}
