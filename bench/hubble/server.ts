/** Sends as many flows as are asked for (`number`), as fast as the client takes them; says its port when it listens. */
import { Server, ServerCredentials, type ServerWritableStream } from "@grpc/grpc-js";
import { observerService } from "../../test/protos/observer.ts";
import { encodedEvents } from "./events.ts";

const [count = "0"] = process.argv.slice(2);
const events = encodedEvents(false);
const sameBytes = (bytes: Buffer): Buffer => bytes;
const service = {
  GetFlows: { ...observerService.GetFlows!, responseSerialize: sameBytes },
  ServerStatus: observerService.ServerStatus!,
};

function send(call: ServerWritableStream<object, Buffer>): void {
  let sent = 0;
  const more = (): void => {
    for (; sent < Number(count); sent += 1) {
      // A UUID of its own, so that no event is a repetition: eight digits of it are a number.
      const message = Buffer.from(events[sent % events.length]!);
      const uuid = message.indexOf("-9cbe-4e1e-");
      message.write(sent.toString(16).padStart(8, "0"), uuid - 8, "latin1");
      if (!call.write(message)) {
        sent += 1;
        call.once("drain", more);
        return;
      }
    }
  };
  more();
}

const server = new Server();
server.addService(service, {
  GetFlows: send,
  ServerStatus: (_: unknown, answer: (error: null, status: object) => void) => answer(null, {}),
});
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
