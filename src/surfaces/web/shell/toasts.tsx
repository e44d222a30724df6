import { Alert, AlertActionCloseButton, AlertGroup } from "@patternfly/react-core";
import { type JSX, type ReactNode, useSyncExternalStore } from "react";

export interface Toast {
  readonly title: string;
  readonly variant?: "success" | "danger" | "warning" | "info";
  readonly body?: ReactNode;
}

interface Shown extends Toast {
  readonly id: number;
}

let shown: readonly Shown[] = [];
let lastId = 0;
const hearers = new Set<() => void>();

function show(next: readonly Shown[]): void {
  shown = next;
  for (const hear of hearers) hear();
}

/** Tells what came of something the person did. Good news goes by itself; trouble stays until it is closed. */
export function toast(message: Toast): void {
  lastId += 1;
  show([...shown.slice(-3), { ...message, id: lastId }]);
}

function close(id: number): void {
  show(shown.filter((each) => each.id !== id));
}

export function Toasts(): JSX.Element {
  const toasts = useSyncExternalStore(
    (hear) => {
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
    () => shown,
  );
  return (
    <AlertGroup isToast isLiveRegion aria-label="Messages">
      {toasts.map(({ id, title, variant = "success", body }) => (
        <Alert
          key={id}
          variant={variant}
          title={title}
          timeout={variant === "success" || variant === "info" ? 8_000 : false}
          onTimeout={() => {
            close(id);
          }}
          actionClose={
            <AlertActionCloseButton
              title={title}
              onClose={() => {
                close(id);
              }}
            />
          }
        >
          {body}
        </Alert>
      ))}
    </AlertGroup>
  );
}
