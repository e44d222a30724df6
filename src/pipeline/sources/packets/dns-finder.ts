import { firstFreeBit, type ConnectionTracker } from "./connection-tracker.ts";
import { DnsMessage, readDnsMessage } from "./dns-message.ts";
import { DnsQuestions } from "./dns-questions.ts";
import type { NameReport } from "./name-report.ts";
import type { Packet } from "./packet.ts";

/** A bit of a connection's state: its client was seen to ask. */
const hasAsked = 4 << firstFreeBit;
const dns = 53;
/** OpenShift's DNS pods listen here behind their service's port 53; elsewhere it is multicast DNS, from port to port. */
const podDns = 5353;

/** Whether a packet is of DNS between a client and a server; multicast DNS is neither asked for nor sent to one pod. */
export function isDns({ sourcePort, destinationPort, family, destination }: Packet): boolean {
  if (sourcePort === dns || destinationPort === dns) return true;
  if ((sourcePort === podDns) === (destinationPort === podDns)) return false;
  return family === 4 ? destination[0]! >>> 28 !== 0xe : destination[0]! >>> 24 !== 0xff;
}

/** Whether a packet of DNS comes from the server. */
export function isFromDns({ sourcePort }: Packet): boolean {
  return sourcePort === dns || sourcePort === podDns;
}

/** Public names of ECH configurations that are remembered: providers have one or few for all of their customers. */
const maxOuterNames = 256;

/** Reads DNS messages: remembers questions, and tells what answers say to whom. */
export class DnsFinder {
  private readonly tracker: ConnectionTracker;
  private readonly report: NameReport;
  private readonly questions: DnsQuestions;
  private readonly message = new DnsMessage();
  /** Whether any answer followed its question: then the capture shows both directions. */
  private seesQuestions = false;
  private readonly outerNames = new Set<string>();

  constructor(tracker: ConnectionTracker, report: NameReport, questions: number) {
    this.tracker = tracker;
    this.report = report;
    this.questions = new DnsQuestions(questions);
  }

  clear(): void {
    this.questions.clear();
    this.seesQuestions = false;
    this.outerNames.clear();
  }

  /** Whether answers said that clients name this host in the open where they encrypt the name that they mean. */
  isOuterName(name: string): boolean {
    return this.outerNames.has(name.toLowerCase());
  }

  /** Reads a message that the packet carries or completes. */
  read(id: number, packet: Packet, bytes: Uint8Array, isCut: boolean, timeMs: number): void {
    const { message, tracker, report } = this;
    const reading = readDnsMessage(bytes, isCut, message);
    const isFromServer = isFromDns(packet);
    if (reading === "broken") report.malformed("bad_dns", packet);
    if (reading === "cut" && isFromServer && message.isResponse) report.malformed("snapped", packet);
    if (reading === "broken" || reading === "other" || message.question === "") return;
    const connection = tracker.table.serial[id]!;
    const { state } = tracker.table;
    if (!message.isResponse) {
      if (isFromServer && packet.destinationPort !== dns && packet.destinationPort !== podDns) return;
      if (!tracker.knowsClient(id)) tracker.markClient(id, true);
      state[id] = state[id]! | hasAsked;
      this.questions.ask(connection, message.id, message.question, message.questionType);
      return;
    }
    if (!isFromServer || message.responseCode !== 0) return;
    if (message.addressCount === 0 && message.outerNames.length === 0) return;
    const asked = this.questions.answer(connection, message.id, message.question, message.questionType);
    if (asked === "asked") this.seesQuestions = true;
    if (asked === "answered") return;
    // Where questions can be seen, an answer that fits none is forged, or much too late to be believed by anybody.
    const mustBeSeen = (state[id]! & hasAsked) !== 0 || (this.seesQuestions && tracker.sawBeginnings(timeMs));
    if (asked === "unasked" && mustBeSeen) {
      report.malformed("dns_unasked", packet);
      return;
    }
    if (!tracker.knowsClient(id)) tracker.markClient(id, false);
    for (const name of message.outerNames) this.rememberOuter(name);
    report.answer(message, timeMs, (o) => {
      o.sourceFamily = packet.family;
      o.source.set(packet.destination);
    });
  }

  private rememberOuter(name: string): void {
    this.outerNames.delete(name);
    this.outerNames.add(name);
    if (this.outerNames.size <= maxOuterNames) return;
    for (const oldest of this.outerNames) {
      this.outerNames.delete(oldest);
      return;
    }
  }
}
