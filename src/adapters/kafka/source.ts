import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import type { LiveSourceKind } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { openConsumer, sentenceOf } from "./client.ts";
import { MessageReader } from "./messages.ts";
import type { KafkaOptions } from "./options.ts";
import { TopicProgress } from "./topic-progress.ts";
import { TopicReading } from "./topic-reading.ts";

const kind = "netobserv-kafka";
/** A broker that does not answer must not hold up the observer's end. */
const closeMs = 3000;

export const netobservKafka: LiveSourceKind<KafkaOptions> = {
  kind,
  summary: "flow records of NetObserv from a Kafka topic, the exporter's JSON or the agent's protobuf",
  options: async () => (await import("./options.ts")).kafkaOptions,
  open: (name, options) => new KafkaSource(name, options),
};

class KafkaSource implements LiveSource {
  readonly name: string;
  readonly kind = kind;
  private readonly options: KafkaOptions;
  private readonly progress: TopicProgress;
  private reading: TopicReading | undefined;

  constructor(name: string, options: KafkaOptions) {
    this.name = name;
    this.options = options;
    this.progress = new TopicProgress(options.topic);
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    this.progress.resume(hands.resumeFrom);
    const messages = new MessageReader(hands, this.options.encoding);
    const backOff = new BackOff();
    while (!signal.aborted) {
      try {
        await this.readOnce(messages, hands, signal, () => backOff.reset());
      } catch (error) {
        if (error instanceof CredentialsError) throw error;
        if (!signal.aborted) hands.state("retrying", `Kafka: ${sentenceOf(error)}; trying again`);
      }
      if (!signal.aborted) await pause(backOff.nextMs(), signal);
    }
  }

  async stored(position: string): Promise<void> {
    this.progress.markStored(position);
    await this.reading?.commit();
  }

  private async readOnce(
    messages: MessageReader,
    hands: SourceHands,
    signal: AbortSignal,
    working: () => void,
  ): Promise<void> {
    const { options, progress } = this;
    const consumer = await openConsumer(options);
    const close = async (): Promise<void> => {
      const closed = new AbortController();
      const closing = consumer.close(true).catch(() => undefined);
      await Promise.race([closing.finally(() => closed.abort()), pause(closeMs, closed.signal)]);
    };
    // Ends requests under way, which may otherwise wait for a broker that is gone.
    const stop = (): void => void close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      this.reading = new TopicReading(consumer, { options, progress, messages, hands });
      await this.reading.run(signal, working);
    } finally {
      this.reading = undefined;
      signal.removeEventListener("abort", stop);
      await close();
    }
  }
}
