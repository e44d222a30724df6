/** DNS messages made by hand, for tests. */
import { addressBytes, bytesOf, u16, u32 } from "./made-packets.test-support.ts";

export function dnsName(name: string): number[] {
  return [...name.split(".").flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]), 0];
}

export interface MadeRecord {
  readonly owner: string;
  readonly type: number;
  readonly ttl?: number;
  readonly data: readonly number[] | Uint8Array;
}

export const aRecord = (owner: string, address: string, ttl = 60): MadeRecord => ({
  owner,
  ttl,
  type: address.includes(":") ? 28 : 1,
  data: addressBytes(address),
});
export const cname = (owner: string, target: string, ttl = 60): MadeRecord => ({
  owner,
  ttl,
  type: 5,
  data: dnsName(target),
});
/** A service binding with the key for encrypted hellos, whose outer name this is. */
export function encryptingBinding(owner: string, outer: string): MadeRecord {
  const name = [...Buffer.from(outer, "latin1")];
  const suites = [...u16(4), ...u16(1), ...u16(1)];
  const content = [
    7,
    ...u16(32),
    ...u16(32),
    ...Array<number>(32).fill(3),
    ...suites,
    0,
    name.length,
    ...name,
    ...u16(0),
  ];
  const config = [...u16(0xfe0d), ...u16(content.length), ...content];
  const list = [...u16(4 + 9 + config.length), 0xfe, 0x0c, ...u16(9), ...Array<number>(9).fill(1), ...config];
  return { owner, ttl: 60, type: 65, data: [...u16(1), 0, ...u16(5), ...u16(list.length), ...list] };
}

/** A service binding with hints. */
export function svcb(owner: string, target: string, addresses: readonly string[], ttl = 60): MadeRecord {
  const hints = [4, 6].flatMap((key) => {
    const bytes = addresses.filter((text) => text.includes(":") === (key === 6)).flatMap(addressBytes);
    return bytes.length === 0 ? [] : [...u16(key), ...u16(bytes.length), ...bytes];
  });
  return { owner, ttl, type: 65, data: [...u16(1), ...(target === "." ? [0] : dnsName(target)), ...hints] };
}

export function dns(
  question: string,
  records: readonly MadeRecord[] | undefined,
  {
    id = 7,
    type = 1,
    code = 0,
    additional = [],
  }: {
    readonly id?: number;
    readonly type?: number;
    readonly code?: number;
    readonly additional?: readonly MadeRecord[];
  } = {},
): Uint8Array {
  const written = (list: readonly MadeRecord[]): number[] =>
    list.flatMap(({ owner, type: kind, ttl = 60, data }) => [
      ...dnsName(owner),
      ...u16(kind),
      ...u16(1),
      ...u32(ttl),
      ...u16(data.length),
      ...data,
    ]);
  const flags = records === undefined ? 0x0100 : 0x8180 | code;
  const counts = [...u16(1), ...u16(records?.length ?? 0), ...u16(0), ...u16(additional.length)];
  return bytesOf(
    u16(id),
    u16(flags),
    counts,
    dnsName(question),
    u16(type),
    u16(1),
    written(records ?? []),
    written(additional),
  );
}
