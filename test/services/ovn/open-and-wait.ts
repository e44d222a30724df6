/** Opens a private OVN, leaves a trace daemon running in it, says what there is, and waits to be killed. */
import { PrivateOvn } from "./private-ovn.ts";

const ovn = await PrivateOvn.open();
const daemon = await ovn.startTraceDaemon([]);
process.stdout.write(`${JSON.stringify({ folder: ovn.folder, pids: [...ovn.pids, daemon.pid] })}\n`);
setInterval(() => undefined, 60_000);
