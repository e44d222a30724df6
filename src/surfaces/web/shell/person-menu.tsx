import {
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  MenuToggle,
  type MenuToggleElement,
} from "@patternfly/react-core";
import { UserIcon } from "@patternfly/react-icons/dist/esm/icons/user-icon";
import { type JSX, type Ref, useState } from "react";
import { useNavigate } from "react-router";
import type { SessionView } from "../../../app/wire/session.ts";
import { signOut } from "../api/session.ts";
import { toast } from "./toasts.tsx";

export function PersonMenu({ session }: { readonly session: SessionView }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    try {
      const elsewhere = await signOut();
      if (elsewhere === null) await navigate("/sign-in");
      else window.location.assign(elsewhere);
    } catch (error) {
      toast({ variant: "danger", title: "You are still signed in", body: error instanceof Error ? error.message : "" });
    }
  };
  const sees = session.namespaces === null ? "every namespace" : `${session.namespaces} namespaces`;
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => {
        setOpen(false);
      }}
      popperProps={{ position: "right" }}
      toggle={(ref: Ref<MenuToggleElement>) => (
        <MenuToggle
          ref={ref}
          variant="plainText"
          aria-label={`Signed in as ${session.person.name}`}
          isExpanded={isOpen}
          icon={<UserIcon />}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          <span className="postern-masthead__person">{session.person.name}</span>
        </MenuToggle>
      )}
    >
      <DropdownGroup label={`${session.person.name} · sees ${sees}`}>
        <DropdownList>
          <DropdownItem key="version" isDisabled description={session.person.subject}>
            Postern {session.version}
          </DropdownItem>
          <DropdownItem
            key="leave"
            onClick={() => {
              void leave();
            }}
          >
            Sign out
          </DropdownItem>
        </DropdownList>
      </DropdownGroup>
    </Dropdown>
  );
}
