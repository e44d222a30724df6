import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import type { JSX } from "react";
import type { UserLink } from "../../../../app/wire/users.ts";
import { CopyField } from "./copy-field.tsx";
import { signInName } from "./grants.ts";

/** The address that lets somebody choose a password. It is nowhere else: the server keeps only what it takes to know it again. */
export function LinkDialog({ made, onClose }: { readonly made: UserLink; readonly onClose: () => void }): JSX.Element {
  const { user, link } = made;
  // Behind the `#` neither proxies nor logs see it.
  const address = `${globalThis.location.origin}/sign-in/link#${link}&name=${signInName(user)}`;
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="link-title" aria-describedby="link-text">
      <ModalHeader title={`Link for ${user.person.name}`} labelId="link-title" />
      <ModalBody>
        <p id="link-text" className="postern-dialog-text">
          Send it to {user.person.name} on a way that nobody else reads. It works once, within a week, and is not shown
          again.
        </p>
        <CopyField id="link-address" label="Link" value={address} />
      </ModalBody>
      <ModalFooter>
        <Button variant="secondary" onClick={onClose}>
          Done
        </Button>
      </ModalFooter>
    </Modal>
  );
}
