import { maxChain } from "../observation.ts";
import { hostText, readUint16 } from "./client-hello.ts";
import { type NameEnd, readDnsName } from "./dns-name.ts";

const type = { a: 1, cname: 5, aaaa: 28, svcb: 64, https: 65 } as const;
const parameter = { ipv4Hint: 4, encryptedHello: 5, ipv6Hint: 6 } as const;
/** Records of one message beyond this are passed over: real answers have a tenth. */
const maxRecords = 512;
/** Addresses of one message beyond this are passed over; one that fills a TCP segment has 4,000 at most. */
const maxAddresses = 1024;

/** One DNS message: the question, and the addresses that the answer gives for it. Filled again for the next one. */
export class DnsMessage {
  /** Also where too little is there to tell. */
  isResponse = false;
  id = 0;
  responseCode = 0;
  question = "";
  questionType = 0;
  /** Aliases from the question to the addresses, in order. */
  readonly chain: string[] = [];
  addressCount = 0;
  readonly families = new Uint8Array(maxAddresses);
  readonly addresses = new Uint32Array(4 * maxAddresses);
  /** Names that clients will say in the open when they encrypt their hello, of whoever serves the name that was asked for. */
  readonly outerNames: string[] = [];
  /** The smallest TTL along the chain and of the addresses, in seconds. */
  ttlSeconds = -1;
}

const echVersion = 0xfe0d;
const maxOuterNames = 8;

interface DnsRecord {
  readonly owner: string;
  readonly kind: number;
  readonly ttl: number;
  /** Of an alias. */
  readonly target: string;
  readonly from: number;
  readonly to: number;
}

/** `cut`: the message goes on behind what there is; what was read of it holds. */
export type DnsReading = "read" | "broken" | "cut" | "other";

/**
 * Reads a DNS message: a query, or an answer with everything that leads from its question to
 * addresses, whatever the order of the records: A and AAAA records, and the hints of SVCB and HTTPS records. Other
 * sections are not asked for, and not believed.
 * @returns `other` for well-formed messages that are no standard query for one name, as updates
 * @see RFC 1035 §4, RFC 9460 §2
 */
export function readDnsMessage(bytes: Uint8Array, isCut: boolean, into: DnsMessage): DnsReading {
  const unread = isCut ? "cut" : "broken";
  // Before anything is read: nothing of the message before may stand for this one.
  into.question = "";
  into.chain.length = 0;
  into.addressCount = 0;
  into.outerNames.length = 0;
  into.ttlSeconds = -1;
  into.isResponse = bytes.length < 3 || (bytes[2]! & 0x80) !== 0;
  if (bytes.length < 12) return unread;
  const flags = readUint16(bytes, 2);
  into.id = readUint16(bytes, 0);
  into.responseCode = flags & 0x0f;
  if ((flags & 0x7800) !== 0 || readUint16(bytes, 4) !== 1) return "other";
  const after: NameEnd = { at: 0 };
  const question = readDnsName(bytes, 12, bytes.length, after);
  if (question === undefined || after.at + 4 > bytes.length) return unread;
  into.question = question;
  into.questionType = readUint16(bytes, after.at);
  if (readUint16(bytes, after.at + 2) !== 1) return "other";
  if (!into.isResponse || into.responseCode !== 0) return "read";
  const records: DnsRecord[] = [];
  const isWhole = readRecords(bytes, after.at + 4, readUint16(bytes, 6), records);
  if (!isWhole && !isCut) return "broken";
  resolve(bytes, records, into);
  return isWhole ? "read" : "cut";
}

/** The records of the answer section that can be of use. @returns whether all of them were there */
function readRecords(bytes: Uint8Array, from: number, count: number, records: DnsRecord[]): boolean {
  const after: NameEnd = { at: from };
  for (let i = 0, at = from; i < Math.min(count, maxRecords); i += 1) {
    const owner = readDnsName(bytes, at, bytes.length, after);
    if (owner === undefined || after.at + 10 > bytes.length) return false;
    const head = after.at;
    const data = head + 10;
    const end = data + readUint16(bytes, head + 8);
    if (end > bytes.length) return false;
    at = end;
    if (readUint16(bytes, head + 2) !== 1) continue;
    const kind = readUint16(bytes, head);
    // The upper bit would make it negative: RFC 2181 §8 has such a TTL taken as 0.
    const said = readUint16(bytes, head + 4) * 65_536 + readUint16(bytes, head + 6);
    const ttl = said > 0x7fffffff ? 0 : said;
    let target = "";
    if (kind === type.cname) {
      const name = readDnsName(bytes, data, end, after);
      if (name === undefined) return false;
      target = name;
    }
    records.push({ owner, kind, ttl, target, from: data, to: end });
  }
  return true;
}

/** Follows aliases from the question, and takes the addresses at the end. */
function resolve(bytes: Uint8Array, records: readonly DnsRecord[], into: DnsMessage): void {
  let name = into.question;
  const lower = (ttl: number): void => {
    if (into.ttlSeconds < 0 || ttl < into.ttlSeconds) into.ttlSeconds = ttl;
  };
  for (let steps = 0; steps < maxChain; steps += 1) {
    const alias = records.find(({ kind, owner }) => kind === type.cname && owner === name);
    if (alias === undefined) break;
    // Round in a circle: such an answer leads nowhere.
    if (alias.target === into.question || into.chain.includes(alias.target)) return;
    name = alias.target;
    into.chain.push(name);
    lower(alias.ttl);
  }
  for (const { owner, kind, ttl, from, to } of records) {
    if (owner !== name) continue;
    const before = into.addressCount;
    if (kind === type.a && to - from === 4) addAddress(bytes, from, 4, into);
    else if (kind === type.aaaa && to - from === 16) addAddress(bytes, from, 6, into);
    else if (kind === type.https || kind === type.svcb) readHints(bytes, from, to, into);
    if (into.addressCount > before) lower(ttl);
  }
}

/** Addresses that a service binding says its target has, so that clients need not ask again. */
function readHints(bytes: Uint8Array, from: number, to: number, into: DnsMessage): void {
  const after: NameEnd = { at: 0 };
  if (to - from < 3 || readDnsName(bytes, from + 2, to, after) === undefined) return;
  for (let at = after.at; at + 4 <= to;) {
    const key = readUint16(bytes, at);
    const end = at + 4 + readUint16(bytes, at + 2);
    if (end > to) return;
    const step = key === parameter.ipv4Hint ? 4 : key === parameter.ipv6Hint ? 16 : 0;
    if (key === parameter.encryptedHello) readOuterNames(bytes, at + 4, end, into.outerNames);
    if (step > 0) for (let p = at + 4; p + step <= end; p += step) addAddress(bytes, p, step === 4 ? 4 : 6, into);
    at = end;
  }
}

/**
 * The public names of a list of ECH configurations.
 * @see RFC 9849 §4, RFC 9848 §3
 */
function readOuterNames(bytes: Uint8Array, from: number, to: number, into: string[]): void {
  for (let at = from + 2; at + 4 <= to;) {
    const end = at + 4 + readUint16(bytes, at + 2);
    if (end > to) return;
    // Configuration identifier, KEM, key, and the suites; then the longest name that is hidden.
    const suites = readUint16(bytes, at) === echVersion ? at + 9 + readUint16(bytes, at + 7) : end;
    const name = suites + 2 <= end ? suites + 2 + readUint16(bytes, suites) + 1 : end;
    const text =
      name < end && name + 1 + bytes[name]! <= end ? hostText(bytes, name + 1, name + 1 + bytes[name]!) : undefined;
    if (text !== undefined && into.length < maxOuterNames) into.push(text.toLowerCase());
    at = end;
  }
}

function addAddress(bytes: Uint8Array, at: number, family: 4 | 6, into: DnsMessage): void {
  const { addressCount: count, addresses, families } = into;
  if (count === families.length) return;
  families[count] = family;
  for (let word = 0; word < 4; word += 1) {
    const p = at + 4 * word;
    const isThere = word === 0 || family === 6;
    addresses[4 * count + word] = isThere ? readUint16(bytes, p) * 65_536 + readUint16(bytes, p + 2) : 0;
  }
  into.addressCount = count + 1;
}
