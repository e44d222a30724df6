import { lokiOptions } from "../../../src/adapters/loki/options.ts";
import { netobservLoki } from "../../../src/adapters/loki/source.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { type RunningSource, runSource } from "../run-source.ts";
import { LokiDouble } from "./loki-double.ts";

export const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** A Loki, and sources that read it. Each test has its own, so that tests can wait together. */
export class LokiStage implements AsyncDisposable {
  readonly loki: LokiDouble;
  readonly nowMs = Date.now();
  /** Source ports of flows that `push` made: 1 to this. */
  ports = 0;
  private readonly running: (() => Promise<void>)[] = [];

  private constructor(loki: LokiDouble) {
    this.loki = loki;
  }

  static async open(): Promise<LokiStage> {
    return new LokiStage(await LokiDouble.open());
  }

  /** A source at work; `clock` is its machine's. */
  observe(
    more: object = {},
    resumeFrom?: string,
    clock: () => number = () => Date.now(),
  ): RunningSource & { readonly hands: RecordedHands } {
    const timing = { pollSeconds: 1, delaySeconds: 1, overlapSeconds: 5 };
    const source = netobservLoki.open("flows", lokiOptions.parse({ url: this.loki.url, ...timing, ...more }), {
      nowMs: clock,
      stdin: (async function* () {})(),
    });
    const hands = new RecordedHands(resumeFrom);
    const { ended, stop } = runSource(source, hands);
    // A test that looks at the end itself sees what it ended with.
    this.running.push(() => stop().catch(() => undefined));
    return { hands, stop, ended };
  }

  /** A flow told by its source port, that ended so many milliseconds before the test began, or at another time. */
  pushPort(port: number, agoMs: number, nowMs = this.nowMs): void {
    this.loki.push({
      SrcK8S_Namespace: "shop",
      SrcK8S_OwnerName: "cart",
      SrcK8S_Type: "Pod",
      FlowDirection: 1,
      SrcAddr: "10.128.0.7",
      DstAddr: "198.51.100.4",
      SrcPort: port,
      DstPort: 443,
      Proto: 6,
      TimeFlowEndMs: nowMs - agoMs,
    });
  }

  /** Flows with the next ports, that ended so long ago. */
  push(count: number, agoMs = 0): void {
    for (let i = 0; i < count; i += 1) {
      this.ports += 1;
      this.pushPort(this.ports, agoMs, Date.now());
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stop of this.running) await stop();
    await this.loki.close();
  }
}
