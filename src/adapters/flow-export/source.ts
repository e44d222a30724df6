import type { RemoteInfo } from "node:dgram";
import { BackOff, pause } from "../../app/live/back-off.ts";
import type { LiveSourceKind, SourceMachine } from "../../app/live/live-source-kind.ts";
import type { LiveSource, SourceHands } from "../../app/live/live-source.ts";
import { SenderGate } from "../../app/live/sender-gate.ts";
import { FlowExportDecoder } from "../../pipeline/sources/flow-export/decode.ts";
import { flowExportErrorText } from "../../pipeline/sources/flow-export/flow-export-error.ts";
import { defaultFlowExportLimits } from "../../pipeline/sources/flow-export/flow-export-limits.ts";
import { openSocket, type OpenSocket } from "./datagram-socket.ts";
import { ExporterLedger } from "./exporter-ledger.ts";
import type { FlowExportOptions } from "./options.ts";
import { SourceState } from "./source-state.ts";

/** Open sockets are looked at so often; what changed is told. */
const checkEveryMs = 5000;
/** Between two questions whether there is room: a sender cannot be made to wait, but counting can be cut short. */
const datagramsPerQuestion = 1000;
/** Trying again does not help: the port is for privileged users, or the address is of another kind. */
const hopeless = new Set(["EACCES", "EPERM", "EINVAL"]);
/** A machine without IPv6. */
const noFamily = new Set(["EAFNOSUPPORT", "EADDRNOTAVAIL"]);

interface Place {
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
  /** One of two sockets that a bare port asks for. */
  readonly isOptional: boolean;
}

export const flowExportSource: LiveSourceKind<FlowExportOptions> = {
  kind: "flow-export",
  summary: "NetFlow v5, NetFlow v9, IPFIX and sFlow v5 over UDP, as Open vSwitch, routers and firewalls send them",
  options: async () => (await import("./options.ts")).flowExportOptions,
  open: (name, options, machine) => new FlowExportSource(name, options, machine),
};

class FlowExportSource implements LiveSource {
  readonly kind = "flow-export";
  /** What was sent is gone: exporters never send it again. */
  readonly hasPositions = false;
  readonly name: string;
  private readonly options: FlowExportOptions;
  private readonly machine: SourceMachine;

  constructor(name: string, options: FlowExportOptions, machine: SourceMachine) {
    this.name = name;
    this.options = options;
    this.machine = machine;
  }

  async run(hands: SourceHands, signal: AbortSignal): Promise<void> {
    const { exporters, openVSwitchSampling, templateLifetimeMinutes } = this.options;
    const gate = new SenderGate(exporters);
    const ledger = new ExporterLedger();
    let sender = "";
    const decoder = new FlowExportDecoder(
      hands.take,
      {
        malformed: (error, bytes) => {
          if (sender !== "") ledger.malformed(sender);
          hands.malformed(flowExportErrorText[error], bytes);
        },
        lost: (records) => hands.lost(records),
      },
      {
        openVSwitchSampling,
        limits: { ...defaultFlowExportLimits, templateLifetimeMs: templateLifetimeMinutes * 60_000 },
      },
    );
    const state = new SourceState(hands, { gate, ledger, decoder, askedBufferBytes: this.options.receiveBufferBytes });
    // One that fails for good takes the others with it.
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    let untilQuestion = datagramsPerQuestion;
    let isAsking = false;
    const onDatagram = (bytes: Buffer, from: RemoteInfo): void => {
      const address = gate.admit(from.address);
      if (address === undefined) return;
      hands.received(bytes.length);
      ledger.hear(address);
      sender = address;
      decoder.decode(bytes, address, from.port, this.machine.nowMs());
      untilQuestion -= 1;
      if (untilQuestion > 0 || isAsking) return;
      untilQuestion = datagramsPerQuestion;
      isAsking = true;
      void hands.room().then(() => (isAsking = false));
    };
    hands.state("starting");
    const timer = setInterval(() => void state.check(this.machine.nowMs()), checkEveryMs);
    const guarded = guard(onDatagram, stop);
    try {
      await Promise.all(this.places().map((place) => this.listen(place, guarded, state, ended, stop)));
      if (!signal.aborted && stop.signal.aborted) throw stop.signal.reason;
      // A port that is listened to nowhere, on a machine without either family.
      if (!signal.aborted) throw new Error("there is no address of this machine to listen at");
    } finally {
      clearInterval(timer);
      stop.abort();
      sender = "";
      decoder.finish();
    }
  }

  private places(): readonly Place[] {
    return this.options.listen.flatMap(({ address, port }): readonly Place[] => {
      if (address !== undefined) return [{ address, family: address.includes(":") ? 6 : 4, port, isOptional: false }];
      return [
        { address: "0.0.0.0", family: 4, port, isOptional: false },
        { address: "::", family: 6, port, isOptional: true },
      ];
    });
  }

  /** Keeps one socket open until the end; tries again when it cannot be bound or fails. */
  private async listen(
    place: Place,
    onDatagram: (bytes: Buffer, from: RemoteInfo) => void,
    state: SourceState,
    signal: AbortSignal,
    stop: AbortController,
  ): Promise<void> {
    const backOff = new BackOff({ longestMs: 30_000 });
    const { address, family, port, isOptional } = place;
    const name = family === 4 ? `${address}:${port}` : `[${address}]:${port}`;
    while (!signal.aborted) {
      let socket: OpenSocket | undefined;
      try {
        socket = await openSocket(address, family, port, this.options.receiveBufferBytes, onDatagram, signal);
        backOff.reset();
        state.opened(socket, this.machine.nowMs());
        await socket.closed;
      } catch (error) {
        if (signal.aborted) return;
        const code = (error as NodeJS.ErrnoException).code ?? "";
        if (isOptional && noFamily.has(code)) return;
        if (hopeless.has(code)) {
          stop.abort(new Error(`cannot listen on udp ${name}: ${wordsOf(code)}`));
          return;
        }
        state.failed(name, wordsOf(code), this.machine.nowMs());
      } finally {
        if (socket !== undefined) state.closed(socket);
      }
      await pause(backOff.nextMs(), signal);
    }
  }
}

/** A broken invariant ends the source instead of the process. */
function guard(
  onDatagram: (bytes: Buffer, from: RemoteInfo) => void,
  stop: AbortController,
): (bytes: Buffer, from: RemoteInfo) => void {
  return (bytes, from) => {
    try {
      onDatagram(bytes, from);
    } catch (error) {
      stop.abort(error);
    }
  };
}

function wordsOf(code: string): string {
  switch (code) {
    case "EADDRINUSE":
      return "another program listens there";
    case "EADDRNOTAVAIL":
      return "this machine does not have the address";
    case "EACCES":
    case "EPERM":
      return "ports below 1024 need a privilege: choose a higher one";
    default:
      return `the system says \`${code}\``;
  }
}
