import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import type { JSX } from "react";
import type { Blocker } from "react-router";

interface LeaveDialogProps {
  readonly blocker: Blocker;
  readonly onLeave?: () => void;
}

/** Asked when somebody goes elsewhere with text that was not saved. */
export function LeaveDialog({ blocker, onLeave }: LeaveDialogProps): JSX.Element | null {
  if (blocker.state !== "blocked") return null;
  const stay = (): void => {
    blocker.reset();
  };
  return (
    <Modal isOpen variant="small" onClose={stay} aria-labelledby="leave-title" aria-describedby="leave-text">
      <ModalHeader title="Leave without saving?" titleIconVariant="warning" labelId="leave-title" />
      <ModalBody id="leave-text">What you changed since you opened this page is lost.</ModalBody>
      <ModalFooter>
        <Button variant="primary" onClick={stay}>
          Keep editing
        </Button>
        <Button
          variant="link"
          onClick={() => {
            onLeave?.();
            blocker.proceed();
          }}
        >
          Leave
        </Button>
      </ModalFooter>
    </Modal>
  );
}
