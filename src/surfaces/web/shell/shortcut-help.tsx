import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
  Modal,
  ModalBody,
  ModalHeader,
  Switch,
  Title,
} from "@patternfly/react-core";
import type { JSX } from "react";
import type { Shortcut } from "./shortcuts.tsx";

interface ShortcutHelpProps {
  readonly own: readonly Shortcut[];
  readonly ofPage: readonly Shortcut[];
  readonly isOff: boolean;
  readonly onSwitch: (isOff: boolean) => void;
  readonly onClose: () => void;
}

export function ShortcutHelp({ own, ofPage, isOff, onSwitch, onClose }: ShortcutHelpProps): JSX.Element {
  return (
    <Modal variant="medium" isOpen onClose={onClose} aria-labelledby="shortcut-help-title">
      <ModalHeader title="Keyboard shortcuts" labelId="shortcut-help-title" />
      <ModalBody tabIndex={0} aria-label="Keyboard shortcuts">
        <Switch
          id="shortcuts-on"
          label="Single-key shortcuts"
          isChecked={!isOff}
          onChange={(_, isOn) => {
            onSwitch(!isOn);
          }}
        />
        {ofPage.length > 0 && <ShortcutList title="On this page" shortcuts={ofPage} />}
        <ShortcutList title="Everywhere" shortcuts={own} />
      </ModalBody>
    </Modal>
  );
}

function ShortcutList({ title, shortcuts }: { readonly title: string; readonly shortcuts: readonly Shortcut[] }) {
  return (
    <section className="postern-shortcuts">
      <Title headingLevel="h2" size="md">
        {title}
      </Title>
      <DescriptionList isHorizontal isCompact termWidth="8ch" aria-label={title}>
        {shortcuts.map(({ keys, says }) => (
          <DescriptionListGroup key={keys}>
            <DescriptionListTerm>
              {keys.split(" ").map((key) => (
                <kbd key={key} className="postern-key">
                  {key}
                </kbd>
              ))}
            </DescriptionListTerm>
            <DescriptionListDescription>{says}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
      </DescriptionList>
    </section>
  );
}
