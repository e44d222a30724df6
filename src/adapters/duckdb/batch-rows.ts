import { type DuckDBConnection, LIST, listValue, VARCHAR } from "@duckdb/node-api";
import {
  dayHours,
  hourMs,
  noPort,
  noProtocol,
  originCodes,
  protocolCodes,
  verdictCodes,
} from "../../app/history/rows/codes.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { appendTo } from "./append-to.ts";
import { cleanText } from "./clean-text.ts";
import type { OwnerNumber } from "./intern.ts";

const dayMs = dayHours * hourMs;

export async function appendNames(
  connection: DuckDBConnection,
  { names }: SealedBatch,
  owners: readonly OwnerNumber[],
  sources: readonly number[],
): Promise<void> {
  if (names.length === 0) return;
  await appendTo(connection, { name: "name_tail" }, (rows) => {
    for (const { owner, address, name, from, source, chain, ttlSeconds, count, firstSeenMs, lastSeenMs } of names) {
      const { id, space } = owners[owner]!;
      rows.appendInteger(space);
      rows.appendInteger(id);
      rows.appendUTinyInt(address.family);
      rows.appendUHugeInt(address.value);
      rows.appendVarchar(cleanText(name));
      rows.appendUTinyInt(originCodes.indexOf(from));
      rows.appendInteger(sources[source]!);
      rows.appendInteger(Math.floor(lastSeenMs / dayMs));
      rows.appendList(listValue(chain.map(cleanText)), LIST(VARCHAR));
      if (ttlSeconds === undefined) rows.appendNull();
      else rows.appendDouble(ttlSeconds);
      rows.appendDouble(count);
      rows.appendBigInt(BigInt(Math.min(firstSeenMs, lastSeenMs)));
      rows.appendBigInt(BigInt(lastSeenMs));
      rows.endRow();
    }
  });
}

export async function appendCoarse(
  connection: DuckDBConnection,
  { coarse }: SealedBatch,
  owners: readonly OwnerNumber[],
  sources: readonly number[],
): Promise<void> {
  if (coarse.length === 0) return;
  await appendTo(connection, { name: "coarse_rows" }, (rows) => {
    const orNull = (value: number | undefined): void => {
      if (value === undefined) rows.appendNull();
      else rows.appendDouble(value);
    };
    for (const { owner, destination, protocol, port, verdict, source, hour, flows, bytes } of coarse) {
      const { id, space } = owners[owner]!;
      rows.appendInteger(space);
      rows.appendInteger(id);
      rows.appendVarchar(cleanText(destination));
      rows.appendUTinyInt(protocol === undefined ? noProtocol : protocolCodes.indexOf(protocol));
      rows.appendInteger(port ?? noPort);
      rows.appendUTinyInt(verdictCodes.indexOf(verdict));
      rows.appendInteger(sources[source]!);
      rows.appendInteger(hour);
      orNull(flows);
      orNull(bytes);
      rows.endRow();
    }
  });
}

/** By the hour of sealing. */
export async function appendHealth(
  connection: DuckDBConnection,
  batch: SealedBatch,
  sources: readonly number[],
): Promise<void> {
  const { health, observer, sealedAtMs } = batch;
  if (health.length === 0) return;
  const cluster = cleanText(batch.cluster);
  const hour = Math.floor(sealedAtMs / hourMs);
  await appendTo(connection, { name: "health_rows" }, (rows) => {
    for (const own of health) {
      const weight = Math.max(1, own.records);
      rows.appendVarchar(cluster);
      rows.appendVarchar(observer);
      rows.appendInteger(sources[own.source]!);
      rows.appendInteger(hour);
      for (const text of [own.kind, own.state, own.message]) rows.appendVarchar(cleanText(text));
      const { records, malformed, lost, outages, dropped, receivedBytes, samplingMax, lastArrivalMs, lagMs } = own;
      for (const count of [records, malformed, lost, outages, dropped, receivedBytes, samplingMax]) {
        rows.appendDouble(count);
      }
      if (lastArrivalMs === undefined) rows.appendNull();
      else rows.appendBigInt(BigInt(lastArrivalMs));
      for (const count of lagMs === undefined ? [] : [lagMs.mean * weight, weight, lagMs.max]) rows.appendDouble(count);
      if (lagMs === undefined) for (let i = 0; i < 3; i += 1) rows.appendNull();
      rows.appendBigInt(BigInt(sealedAtMs));
      rows.endRow();
    }
  });
  await appendLeftOut(connection, batch, sources);
}

async function appendLeftOut(
  connection: DuckDBConnection,
  { health, cluster: said, observer, sealedAtMs }: SealedBatch,
  sources: readonly number[],
): Promise<void> {
  const cluster = cleanText(said);
  const hour = Math.floor(sealedAtMs / hourMs);
  await appendTo(connection, { name: "left_out_rows" }, (rows) => {
    for (const { source, leftOut: reasons } of health) {
      for (const { reason, flows } of reasons) {
        rows.appendVarchar(cluster);
        rows.appendVarchar(observer);
        rows.appendInteger(sources[source]!);
        rows.appendInteger(hour);
        rows.appendVarchar(reason);
        rows.appendDouble(flows);
        rows.endRow();
      }
    }
  });
}
