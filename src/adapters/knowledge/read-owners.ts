import { Reader, type Response } from "mmdb-lib";
import type { Failure } from "../../app/failure.ts";
import { formatIp } from "../../core/net/ip.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { AddressOwner } from "../../pipeline/baseline/knowledge/knowledge.ts";
import { cut } from "../../pipeline/baseline/knowledge/lists/list-trouble.ts";
import { type OwnerOf, parseOwnerCsv } from "../../pipeline/baseline/knowledge/lists/owner-table.ts";
import { shown } from "./list-address.ts";

export interface OwnersReading {
  readonly ownerOf: OwnerOf;
  /** As the database says; undefined for CSV. */
  readonly asOfMs: number | undefined;
}

/** The marker before the metadata, near the end of every MaxMind DB file. */
const marker = Buffer.from("\xab\xcd\xefMaxMind.com", "latin1");
const searchedBytes = 128 * 1024 + marker.length;

/** A MaxMind database (ASN, country or both, of any publisher) or the CSV of ip-location-db. */
export function readOwners(source: string, bytes: Uint8Array): Result<OwnersReading, Failure> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.subarray(-searchedBytes).includes(marker)) return readDatabase(source, buffer);
  const table = parseOwnerCsv(buffer.toString("utf8"));
  if (table.ok) return ok({ ownerOf: table.value, asOfMs: undefined });
  const { message, place } = table.error;
  const where = place === undefined ? "" : `, ${place}`;
  return fail({
    code: "knowledge_invalid",
    message: `\`${shown(source)}\`${where}: ${message}; give \`.mmdb\` or CSV`,
  });
}

function readDatabase(source: string, buffer: Buffer): Result<OwnersReading, Failure> {
  const broken: Failure = {
    code: "knowledge_invalid",
    message: `\`${shown(source)}\` is a damaged database, get it again`,
  };
  try {
    const reader = new Reader<Response>(buffer);
    const built = reader.metadata.buildEpoch.getTime();
    const holdsV6 = reader.metadata.ipVersion === 6;
    // Anything that is broken inside shows at the first question or not at all.
    reader.get("192.0.2.1");
    return ok({
      asOfMs: Number.isFinite(built) && built > 0 ? built : undefined,
      ownerOf: (address) => {
        if (address.family === 6 && !holdsV6) return undefined;
        try {
          return ownerIn(reader.get(formatIp({ ...address })));
        } catch {
          return undefined;
        }
      },
    });
  } catch {
    return fail(broken);
  }
}

/** The fields of GeoLite2, DB-IP, IPinfo and ip-location-db, which share one format and not their names. */
function ownerIn(record: unknown): AddressOwner | undefined {
  if (!isTree(record)) return undefined;
  const asn = numberIn(record.autonomous_system_number ?? record.asn);
  const organisation = record.autonomous_system_organization ?? record.as_name ?? record.organization;
  const { country } = record;
  const code = record.country_code ?? (isTree(country) ? country.iso_code : country);
  const owner: AddressOwner = {
    asn,
    organisation: typeof organisation === "string" && organisation !== "" ? cut(organisation) : undefined,
    country: typeof code === "string" && /^[A-Za-z]{2}$/.test(code) ? code.toUpperCase() : undefined,
  };
  return owner.asn === undefined && owner.organisation === undefined && owner.country === undefined ? undefined : owner;
}

function numberIn(value: unknown): number | undefined {
  const asn = typeof value === "string" ? Number(value.replace(/^AS/i, "")) : value;
  return typeof asn === "number" && Number.isInteger(asn) && asn >= 0 && asn <= 0xffffffff ? asn : undefined;
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
