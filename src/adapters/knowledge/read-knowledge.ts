import type { Failure } from "../../app/failure.ts";
import {
  ageWarnings,
  type KnowledgeReading,
  type KnowledgeReadOptions,
  type KnowledgeRequest,
} from "../../app/knowledge-source.ts";
import { ipSetOfAll, toCidrs } from "../../core/net/ip-set.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { extendCatalogue, wellKnownServices } from "../../pipeline/baseline/knowledge/catalogue/well-known-services.ts";
import type {
  CatalogueService,
  Knowledge,
  NamedRanges,
  PublishedRanges,
  ThreatFeed,
} from "../../pipeline/baseline/knowledge/knowledge.ts";
import { type ListTrouble, readBlock } from "../../pipeline/baseline/knowledge/lists/list-trouble.ts";
import { joinOwners } from "../../pipeline/baseline/knowledge/lists/owner-table.ts";
import { parsePublishedDocument } from "../../pipeline/baseline/knowledge/lists/published-document.ts";
import { isRangeText, parseRangeText } from "../../pipeline/baseline/knowledge/lists/range-text.ts";
import { parseThreatFeed } from "../../pipeline/baseline/knowledge/lists/threat-feed.ts";
import { checkDocument } from "./checked-document.ts";
import { type FetchedList, fetchList } from "./fetch-list.ts";
import { shown, titleOf } from "./list-address.ts";
import { parseListDocument } from "./list-document.ts";
import { catalogueFile, onPremisesFile } from "./own-forms.ts";
import { type OwnersReading, readOwners } from "./read-owners.ts";

const largestList = 128 * 2 ** 20;
/** City databases with countries have about that. */
const largestOwners = 512 * 2 ** 20;

type Read<T> = Result<T, readonly Failure[]>;

/** The port `ReadKnowledge`. One list after another: only one is in memory as text at a time. */
export async function readKnowledge(
  request: KnowledgeRequest,
  { nowMs, signal, onProgress }: KnowledgeReadOptions,
): Promise<Result<KnowledgeReading, readonly Failure[]>> {
  const failures: Failure[] = [];
  const warnings: string[] = [];
  let bytesRead = 0;
  const onBytes = (count: number): void => onProgress((bytesRead += count));
  const all = async <T>(
    sources: readonly string[],
    limitBytes: number,
    read: (source: string, list: FetchedList) => Read<T>,
  ): Promise<readonly T[]> => {
    const values: T[] = [];
    for (const source of sources) {
      const list = await fetchList(source, { signal, onBytes, limitBytes });
      const value = list.ok ? read(source, list.value) : fail([list.error]);
      if (value.ok) values.push(value.value);
      else failures.push(...value.error);
    }
    return values;
  };
  const published = await all(request.ranges, largestList, readRanges);
  const feeds = await all(request.threatFeeds, largestList, (source, list) => readFeed(source, list, warnings));
  const short = request.onPremises.filter((text) => isShortForm(text));
  const named = await all(
    request.onPremises.filter((text) => !isShortForm(text)),
    largestList,
    readOnPremises,
  );
  const typed = short.map(readShortForm);
  for (const range of typed) if (!range.ok) failures.push(...range.error);
  const services = await all(request.services, largestList, readCatalogue);
  const owners = await all(request.owners, largestOwners, readOwnerList);
  if (failures.length > 0) return fail(failures);
  const own = services.flat();
  for (const { id } of own.filter((service, at) => own.findIndex((other) => other.id === service.id) < at)) {
    warnings.push(`the service \`${id}\` is described more than once, and the last description counts`);
  }
  const knowledge: Knowledge = {
    published,
    feeds,
    onPremises: [...named.flat(), ...typed.flatMap((range) => (range.ok ? [range.value] : []))],
    catalogue: extendCatalogue(wellKnownServices, own),
    owners: joined(owners),
  };
  return ok({ knowledge, warnings: [...warnings, ...ageWarnings(knowledge, nowMs)] });
}

function readRanges(source: string, { bytes, changedMs }: FetchedList): Read<PublishedRanges> {
  const text = textOf(bytes);
  if (isRangeText(text)) return finished(source, changedMs, parseRangeText(text, titleOf(source)));
  const document = parseListDocument(source, text, true);
  if (!document.ok) return fail([document.error]);
  return finished(source, changedMs, parsePublishedDocument(document.value.value));
}

/** Azure's file has its date in its name only: `ServiceTags_Public_20261116.json`. */
function finished<T extends { readonly asOfMs: number | undefined }>(
  source: string,
  changedMs: number | undefined,
  parsed: Result<T, ListTrouble>,
): Read<T & { readonly source: string }> {
  if (!parsed.ok) {
    const { place, message } = parsed.error;
    const where = place === undefined ? "" : `, ${place}`;
    return fail([{ code: "knowledge_invalid", message: `\`${shown(source)}\`${where}: ${message}` }]);
  }
  const [, year, month, day] = /_(20[0-9]{2})([01][0-9])([0-3][0-9])\.json/.exec(source) ?? [];
  const named = year === undefined ? Number.NaN : Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  const asOfMs = parsed.value.asOfMs ?? (Number.isNaN(named) ? changedMs : named);
  return ok({ ...parsed.value, source: shown(source), asOfMs });
}

function readFeed(source: string, { bytes, changedMs }: FetchedList, warnings: string[]): Read<ThreatFeed> {
  const read = finished(source, changedMs, parseThreatFeed(textOf(bytes), titleOf(source)));
  if (!read.ok) return read;
  const { unsafe, notUnderstood: _, ...feed } = read.value;
  if (unsafe > 0) {
    const entries = unsafe === 1 ? "1 entry" : `${unsafe.toLocaleString("en-US")} entries`;
    const are = unsafe === 1 ? "is" : "are";
    warnings.push(
      `${entries} of \`${shown(source)}\` ${are} passed over: private or reserved addresses, or too many of them at once`,
    );
  }
  return ok(feed);
}

function readOnPremises(source: string, { bytes, changedMs }: FetchedList): Read<readonly NamedRanges[]> {
  const document = parseListDocument(source, textOf(bytes));
  if (!document.ok) return fail([document.error]);
  const file = checkDocument(document.value, onPremisesFile);
  if (!file.ok) return file;
  const asOfMs = file.value.asOf ?? changedMs;
  return ok(file.value.ranges.map((range) => ({ ...range, source: shown(source), asOfMs })));
}

function isShortForm(text: string): boolean {
  return /^[^=/\\]+=/.test(text);
}

/** `Ghent=10.7.0.0/16,10.8.0.0/16` */
function readShortForm(text: string): Read<NamedRanges> {
  const [title = "", blocks = ""] = text.split(/=(.*)/s);
  const cidrs = blocks.split(",").map((each) => readBlock(each.trim(), ""));
  const wrong = cidrs.find((cidr) => !cidr.ok);
  if (wrong?.ok === false) {
    const message = `\`--on-premises\`: ${wrong.error.message}; write \`name=cidr\`, or the path of a file`;
    return fail([{ code: "knowledge_invalid", message }]);
  }
  const set = ipSetOfAll(cidrs.flatMap((cidr) => (cidr.ok ? [cidr.value] : [])));
  return ok({ title: title.trim(), cidrs: toCidrs(set), source: "the command line", asOfMs: undefined });
}

function readCatalogue(source: string, { bytes }: FetchedList): Read<readonly CatalogueService[]> {
  const document = parseListDocument(source, textOf(bytes));
  if (!document.ok) return fail([document.error]);
  const file = checkDocument(document.value, catalogueFile);
  if (!file.ok) return file;
  return ok(
    file.value.services.map(({ names, documentation, ...service }) => ({ ...service, patterns: names, documentation })),
  );
}

interface OwnerList extends OwnersReading {
  readonly source: string;
}

function readOwnerList(source: string, { bytes, changedMs }: FetchedList): Read<OwnerList> {
  const read = readOwners(source, bytes);
  if (!read.ok) return fail([read.error]);
  return ok({ source: shown(source), ownerOf: read.value.ownerOf, asOfMs: read.value.asOfMs ?? changedMs });
}

/** As old as the oldest of them. */
function joined(lists: readonly OwnerList[]): Knowledge["owners"] {
  if (lists.length === 0) return undefined;
  const dates = lists.flatMap(({ asOfMs }) => asOfMs ?? []);
  return {
    source: lists.map(({ source }) => source).join(", "),
    asOfMs: dates.length === 0 ? undefined : Math.min(...dates),
    ownerOf: joinOwners(lists.map(({ ownerOf }) => ownerOf)),
  };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
