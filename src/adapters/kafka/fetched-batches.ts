import { type Broker, type Connection, type ConnectionPool, type Consumer, crc32c, Reader } from "@platformatic/kafka";
import { limitCodecs, withinLimit } from "./decompression.ts";

type Send = Connection["send"];
type Found = (error: Error | null, connection?: Connection) => void;

const fetchKey = 1;
/** From here on topics are identified by UUIDs. */
const withTopicIds = 13;
/** From here on lengths are compact and structures may carry tags. */
const compact = 12;
/** Of all batches of an answer together: each becomes an object. */
const maxRecords = 250_000;
/** Of a batch, from its beginning. */
const at = { length: 8, magic: 16, crc: 17, attributes: 21, count: 57, records: 61 } as const;
const magic = 2;

limitCodecs();

/**
 * The connections of a consumer, for fetching: what comes is looked at before the client reads it, which would take a
 * damaged batch for a good one, and make room for whatever a batch claims to hold.
 */
export function checkingPool(consumer: Consumer): ConnectionPool {
  const get = (broker: Broker, found: Found): void => {
    consumer.connections.get(broker, (error, connection) => {
      found(error, connection === undefined ? undefined : checking(connection));
    });
  };
  // Fetching uses nothing else of a pool, and of a connection nothing but `send`.
  return { get } as unknown as ConnectionPool;
}

function checking(connection: Connection): Connection {
  const send: Send = (key, version, payload, parse, ...rest) => {
    const checkAndParse: typeof parse = (correlation, apiKey, apiVersion, reader) =>
      withinLimit(() => {
        if (apiKey === fetchKey) checkAnswer(Reader.from(reader.buffer), apiVersion);
        return parse(correlation, apiKey, apiVersion, reader);
      });
    connection.send(key, version, payload, checkAndParse, ...rest);
  };
  return { send } as unknown as Connection;
}

/**
 * Checks every batch of a Fetch response, from version 4 on.
 * @throws a `RangeError` that says what is wrong with a batch
 */
export function checkAnswer(reader: Reader, version: number): void {
  const isCompact = version >= compact;
  let records = 0;
  reader.skip(version >= 7 ? 10 : 4);
  reader.readArray(
    () => {
      if (version >= withTopicIds) reader.skip(16);
      else reader.readString(isCompact);
      reader.readArray(
        () => {
          reader.skip(version >= 5 ? 30 : 22);
          reader.readNullableArray(() => reader.skip(16), isCompact, isCompact);
          if (version >= 11) reader.skip(4);
          const batches = reader.readNullableBytes(isCompact);
          if (batches !== null) records += checkBatches(batches);
          if (records > maxRecords) throw new RangeError("more records than one answer may hold");
        },
        isCompact,
        isCompact,
      );
    },
    isCompact,
    isCompact,
  );
}

/** @returns how many records the batches say that they hold; the last may be cut off, and is left out */
function checkBatches(batches: Buffer): number {
  let records = 0;
  for (let from = 0; from + at.length + 4 <= batches.length;) {
    const to = from + at.length + 4 + batches.readInt32BE(from + at.length);
    if (to > batches.length) break;
    if (to < from + at.records) throw new RangeError("a batch is shorter than its own head");
    if (batches.readInt8(from + at.magic) !== magic) throw new RangeError("a batch of an unknown form");
    if (crc32c(batches.subarray(from + at.attributes, to)) !== batches.readUInt32BE(from + at.crc)) {
      throw new RangeError("a batch is damaged: its checksum is another");
    }
    records += Math.max(0, batches.readInt32BE(from + at.count));
    from = to;
  }
  return records;
}
