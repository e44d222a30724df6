import { Button, Card, CardBody, CardTitle } from "@patternfly/react-core";
import { type JSX, useState } from "react";
import { send } from "../../api/client.ts";
import { Refusal } from "../proposal/decision-dialog.tsx";
import { CopyField } from "./copy-field.tsx";

/** Lets somebody decide in Slack as themselves. */
export function SlackLink(): JSX.Element {
  const [code, setCode] = useState<string>();
  const [refusal, setRefusal] = useState<unknown>();
  const ask = async (): Promise<void> => {
    setRefusal(undefined);
    try {
      setCode((await send<{ readonly code: string }>("POST", "session/slack-code")).code);
    } catch (error) {
      setRefusal(error);
    }
  };
  return (
    <Card isCompact className="postern-people__part">
      <CardTitle component="h2">Your Slack account</CardTitle>
      <CardBody>
        <p className="postern-dialog-text">What you approve or reject in Slack is then done by you.</p>
        {refusal !== undefined && <Refusal error={refusal} />}
        {code === undefined ? (
          <Button
            variant="secondary"
            onClick={() => {
              void ask();
            }}
          >
            Link my Slack account
          </Button>
        ) : (
          <>
            <p className="postern-dialog-text">Type this in Slack. It works once.</p>
            <CopyField id="slack-code" label="Command for Slack" value={`/postern link ${code}`} />
          </>
        )}
      </CardBody>
    </Card>
  );
}
