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
  const appender = await connection.createAppender("name_tail");
  for (const { owner, address, name, from, source, chain, ttlSeconds, count, firstSeenMs, lastSeenMs } of names) {
    const { id, space } = owners[owner]!;
    appender.appendInteger(space);
    appender.appendInteger(id);
    appender.appendUTinyInt(address.family);
    appender.appendUHugeInt(address.value);
    appender.appendVarchar(cleanText(name));
    appender.appendUTinyInt(originCodes.indexOf(from));
    appender.appendInteger(sources[source]!);
    appender.appendInteger(Math.floor(lastSeenMs / dayMs));
    appender.appendList(listValue(chain.map(cleanText)), LIST(VARCHAR));
    if (ttlSeconds === undefined) appender.appendNull();
    else appender.appendDouble(ttlSeconds);
    appender.appendDouble(count);
    appender.appendBigInt(BigInt(Math.min(firstSeenMs, lastSeenMs)));
    appender.appendBigInt(BigInt(lastSeenMs));
    appender.endRow();
  }
  appender.closeSync();
}

export async function appendCoarse(
  connection: DuckDBConnection,
  { coarse }: SealedBatch,
  owners: readonly OwnerNumber[],
  sources: readonly number[],
): Promise<void> {
  if (coarse.length === 0) return;
  const appender = await connection.createAppender("coarse_rows");
  const orNull = (value: number | undefined): void => {
    if (value === undefined) appender.appendNull();
    else appender.appendDouble(value);
  };
  for (const { owner, destination, protocol, port, verdict, source, hour, flows, bytes } of coarse) {
    const { id, space } = owners[owner]!;
    appender.appendInteger(space);
    appender.appendInteger(id);
    appender.appendVarchar(cleanText(destination));
    appender.appendUTinyInt(protocol === undefined ? noProtocol : protocolCodes.indexOf(protocol));
    appender.appendInteger(port ?? noPort);
    appender.appendUTinyInt(verdictCodes.indexOf(verdict));
    appender.appendInteger(sources[source]!);
    appender.appendInteger(hour);
    orNull(flows);
    orNull(bytes);
    appender.endRow();
  }
  appender.closeSync();
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
  const rows = await connection.createAppender("health_rows");
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
  rows.closeSync();
  await appendLeftOut(connection, batch, sources);
}

async function appendLeftOut(
  connection: DuckDBConnection,
  { health, cluster: said, observer, sealedAtMs }: SealedBatch,
  sources: readonly number[],
): Promise<void> {
  const cluster = cleanText(said);
  const hour = Math.floor(sealedAtMs / hourMs);
  const rows = await connection.createAppender("left_out_rows");
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
  rows.closeSync();
}
