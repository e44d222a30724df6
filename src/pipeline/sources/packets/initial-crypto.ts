/** The few primitives that QUIC Initial packets need; whoever runs the pipeline passes them in. */
export interface InitialCrypto {
  /** HMAC with SHA-256: 32 bytes. */
  readonly hmacSha256: (key: Uint8Array, data: Uint8Array) => Uint8Array;
  /** One block of 16 bytes, AES-128. */
  readonly aesBlock: (key: Uint8Array, block: Uint8Array) => Uint8Array;
  /** AES-128-GCM; `sealed` ends with the tag. Undefined when the tag does not fit. */
  readonly openAesGcm: (
    key: Uint8Array,
    nonce: Uint8Array,
    associated: Uint8Array,
    sealed: Uint8Array,
  ) => Uint8Array | undefined;
}

/** What protects the Initial packets that a client sends. */
export interface InitialKeys {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly headerKey: Uint8Array;
}

interface Version {
  readonly salt: Uint8Array;
  readonly prefix: string;
  /** Of a long header's first byte, bits 4 and 5. */
  readonly initialType: number;
}

/** @see RFC 9001 §5.2 (version 1), RFC 9369 §3 (version 2) */
const versions: ReadonlyMap<number, Version> = new Map([
  [1, { salt: ofHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"), prefix: "quic", initialType: 0 }],
  [0x6b3343cf, { salt: ofHex("0dede3def700a6db819381be6e269dcbf9bd2ed9"), prefix: "quicv2", initialType: 1 }],
]);

/** The type bits that mark an Initial packet of this version; undefined for versions whose secrets are not known. */
export function initialTypeOf(version: number): number | undefined {
  return versions.get(version)?.initialType;
}

/** Keys from the destination connection identifier of the client's first packet: anybody can make them. */
export function clientInitialKeys(
  { hmacSha256 }: InitialCrypto,
  version: number,
  connectionId: Uint8Array,
): InitialKeys | undefined {
  const found = versions.get(version);
  if (found === undefined) return undefined;
  const initial = hmacSha256(found.salt, connectionId);
  const expand = (secret: Uint8Array, label: string, length: number): Uint8Array =>
    hmacSha256(secret, labelOf(label, length)).subarray(0, length);
  const client = expand(initial, "client in", 32);
  return {
    key: expand(client, `${found.prefix} key`, 16),
    iv: expand(client, `${found.prefix} iv`, 12),
    headerKey: expand(client, `${found.prefix} hp`, 16),
  };
}

/** What HKDF-Expand-Label hashes for one block of output: length, label, no context, and the number of the block. */
function labelOf(label: string, length: number): Uint8Array {
  const full = `tls13 ${label}`;
  const letters = Array.from(full, (letter) => letter.charCodeAt(0));
  return Uint8Array.of(0, length, full.length, ...letters, 0, 1);
}

function ofHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
