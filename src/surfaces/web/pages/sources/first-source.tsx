import type { JSX } from "react";
import { Nothing } from "../../parts/page-states.tsx";
import { CopyField } from "../settings/copy-field.tsx";

/** What to type where no observer ships yet; with the address that the browser itself uses. */
export function FirstSource(): JSX.Element {
  const ship = `--to ${globalThis.location.origin}`;
  return (
    <Nothing title="No source is connected">
      <div className="postern-first-source">
        <p>
          Flows come from observers. Make a token on this server; <code>FOLDER</code> is its data folder, which it names
          when it starts:
        </p>
        <CopyField
          id="make-token"
          label="Command that makes a token"
          value="postern token create --data FOLDER --cluster east --scope ship > east.token"
        />
        <p>Then run an observer where flows can be heard, such as Hubble&apos;s relay:</p>
        <CopyField
          id="run-observer"
          label="Command that runs an observer"
          value={`postern observe --source hubble --set address=localhost:4245 --cluster-name east ${ship} --token-file east.token`}
        />
        <p>
          In a cluster <code>deploy/observer.yaml</code> runs it; <code>docs/reference/sources.md</code> lists every
          kind of source. A server can also observe by itself: <code>postern serve --observe observe.yaml</code>.
        </p>
      </div>
    </Nothing>
  );
}
