/** Certificates for servers and clients of tests, made here: no program needs to be installed, none is kept in a file. */
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from "node:crypto";
import { parseIp } from "../src/core/net/ip.ts";

export interface Issued {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  readonly commonName: string;
  readonly organization?: string;
  /** Names and IPv4 addresses that a server answers at; URIs that say who a client is. */
  readonly hosts?: readonly string[];
  readonly notAfter?: Date;
  readonly isAuthority?: boolean;
}

/** A certificate signed by `by`, or by itself. */
export function issueCertificate(wanted: Wanted, by?: Issued): Issued {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = nameOf(wanted);
  const issuer = by === undefined ? subject : subjectOf(by);
  const now = Date.now();
  const body = sequence(
    tagged(0xa0, integer(2)),
    integer(Math.floor(Math.random() * 2 ** 31) + 1),
    signatureKind,
    issuer,
    sequence(time(new Date(now - 3_600_000)), time(wanted.notAfter ?? new Date(now + 86_400_000))),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions(wanted))),
  );
  const signer: KeyObject | string = by === undefined ? privateKey : by.key;
  const der = sequence(body, signatureKind, bits(sign("sha256", body, signer)));
  const lines = der.toString("base64").replaceAll(/.{64}(?=.)/g, "$&\n");
  const cert = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }) as string };
}

const signatureKind = sequence(objectId("1.2.840.10045.4.3.2"));

function extensions({ isAuthority = false, hosts = [] }: Wanted): Buffer[] {
  const extension = (id: string, isCritical: boolean, value: Buffer): Buffer =>
    sequence(objectId(id), ...(isCritical ? [tagged(0x01, Buffer.of(0xff))] : []), tagged(0x04, value));
  const names = hosts.map((host) => {
    const address = parseIp(host);
    if (address.ok) {
      const { family, value } = address.value;
      return tagged(0x87, Buffer.from(value.toString(16).padStart(family === 4 ? 8 : 32, "0"), "hex"));
    }
    return tagged(host.includes("://") ? 0x86 : 0x82, Buffer.from(host));
  });
  return [
    extension("2.5.29.19", true, isAuthority ? sequence(tagged(0x01, Buffer.of(0xff))) : sequence()),
    ...(names.length === 0 ? [] : [extension("2.5.29.17", false, sequence(...names))]),
  ];
}

function nameOf({ commonName, organization }: Wanted): Buffer {
  const part = (id: string, text: string): Buffer =>
    tagged(0x31, sequence(objectId(id), tagged(0x0c, Buffer.from(text))));
  return sequence(...(organization === undefined ? [] : [part("2.5.4.10", organization)]), part("2.5.4.3", commonName));
}

/** The subject's bytes as the authority's own certificate has them: the sixth part of its body. */
function subjectOf({ cert }: Issued): Buffer {
  const der = new X509Certificate(cert).raw;
  let at = inner(der, inner(der, 0));
  for (let part = 0; part < 5; part += 1) at = behind(der, at);
  return der.subarray(at, behind(der, at));
}

function lengthAt(der: Buffer, at: number): { readonly length: number; readonly from: number } {
  const first = der[at + 1]!;
  if (first < 0x80) return { length: first, from: at + 2 };
  const size = first & 0x7f;
  return { length: der.readUIntBE(at + 2, size), from: at + 2 + size };
}

function inner(der: Buffer, at: number): number {
  return lengthAt(der, at).from;
}

function behind(der: Buffer, at: number): number {
  const { length, from } = lengthAt(der, at);
  return from + length;
}

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, ...parts);
}

function bits(content: Buffer): Buffer {
  return tagged(0x03, Buffer.of(0), content);
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return tagged(0x02, bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

function objectId(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function time(date: Date): Buffer {
  return tagged(0x18, Buffer.from(`${date.toISOString().replaceAll(/[-:T]|\..*$/g, "")}Z`));
}

/** Whether a key belongs to a certificate; for the tests of this file's user. */
export function isPair({ cert, key }: Issued): boolean {
  return new X509Certificate(cert).publicKey.equals(createPublicKey(key));
}
