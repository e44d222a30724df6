import { Banner } from "@patternfly/react-core";
import { type JSX, useEffect, useState } from "react";
import { useConnection } from "../api/live.ts";

/** Says that what is shown may be old; only after a while, because connections break and heal all the time. */
export function ConnectionBanner(): JSX.Element | null {
  const connection = useConnection();
  const [isOld, setOld] = useState(false);
  useEffect(() => {
    if (connection !== "lost") {
      setOld(false);
      return undefined;
    }
    const timer = setTimeout(() => {
      setOld(true);
    }, 3_000);
    return () => {
      clearTimeout(timer);
    };
  }, [connection]);
  if (!isOld) return null;
  return (
    <Banner color="yellow" screenReaderText="Warning:">
      <span role="status">Connection to the server lost: what you see may be old. Reconnecting …</span>
    </Banner>
  );
}
