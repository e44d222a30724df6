/** A field of a message to be written, as the encoding describes it. Numbers are 64-bit two's complement. */
export type WireField =
  | { readonly field: number; readonly varint: bigint }
  | { readonly field: number; readonly fixed32: number }
  | { readonly field: number; readonly fixed64: bigint }
  | { readonly field: number; readonly bytes: readonly number[] | Uint8Array }
  | { readonly field: number; readonly message: readonly WireField[] };

/** The bytes of a message, written the obvious way: for requests, which are small and few. */
export function wireMessage(fields: readonly WireField[]): number[] {
  return fields.flatMap((one) => {
    if ("varint" in one) return [...tag(one.field, 0), ...varintBytes(one.varint)];
    if ("fixed64" in one) return [...tag(one.field, 1), ...littleEndian(one.fixed64, 8)];
    if ("fixed32" in one) return [...tag(one.field, 5), ...littleEndian(BigInt(one.fixed32), 4)];
    const content = "message" in one ? wireMessage(one.message) : [...one.bytes];
    return [...tag(one.field, 2), ...varintBytes(BigInt(content.length)), ...content];
  });
}

export function varintBytes(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function tag(field: number, wireType: number): number[] {
  return varintBytes((BigInt(field) << 3n) | BigInt(wireType));
}

function littleEndian(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 255n));
}
