import { createCipheriv } from "node:crypto";
import { clientInitialKeys } from "../../pipeline/sources/packets/initial-crypto.ts";
import { bytesOf, u16, u32 } from "../../pipeline/sources/packets/made-packets.test-support.ts";
import { nodeInitialCrypto } from "./node-initial-crypto.ts";

export const quicVersion = { one: 1, two: 0x6b3343cf } as const;

export interface MadeInitial {
  readonly version?: number;
  /** Destination connection identifier. */
  readonly id?: Uint8Array;
  /** Whose keys seal it: the identifier of the client's first packet. */
  readonly keyId?: Uint8Array;
  readonly number?: number;
  readonly token?: Uint8Array;
}

/** Of numbers below 2^14. */
const varint = (value: number): number[] => u16(0x4000 | value);

export function cryptoFrame(handshake: Uint8Array, from: number, to: number): Uint8Array {
  return bytesOf(6, varint(from), varint(Math.min(to, handshake.length) - from), handshake.subarray(from, to));
}

/** An Initial packet of a client, padded so that it fills `size` bytes. */
export function initialPacket(frames: Uint8Array, size: number, options: MadeInitial = {}): Uint8Array {
  const {
    version = quicVersion.one,
    id = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]),
    number = 0,
    token = new Uint8Array(),
  } = options;
  const keys = clientInitialKeys(nodeInitialCrypto, version, options.keyId ?? id);
  if (keys === undefined) throw new Error("a version without keys");
  const type = version === quicVersion.two ? 0xd0 : 0xc0;
  const start = bytesOf(type | 1, u32(version), id.length, id, 0, varint(token.length), token);
  const length = size - start.length - 2;
  const content = bytesOf(frames, Array<number>(Math.max(0, length - 2 - 16 - frames.length)).fill(0));
  const header = bytesOf(start, varint(2 + content.length + 16), u16(number));
  const nonce = new Uint8Array(keys.iv);
  nonce[10] = nonce[10]! ^ (number >>> 8);
  nonce[11] = nonce[11]! ^ (number & 0xff);
  const cipher = createCipheriv("aes-128-gcm", keys.key, nonce).setAAD(header);
  const sealed = bytesOf(cipher.update(content), cipher.final(), cipher.getAuthTag());
  // The sample begins four bytes behind the start of the packet number, of which two are written.
  const mask = nodeInitialCrypto.aesBlock(keys.headerKey, sealed.subarray(2, 18));
  header[0] = header[0]! ^ (mask[0]! & 0x0f);
  header[header.length - 2] = header.at(-2)! ^ mask[1]!;
  header[header.length - 1] = header.at(-1)! ^ mask[2]!;
  return bytesOf(header, sealed);
}
