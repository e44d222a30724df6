import {
  Button,
  Checkbox,
  Form,
  FormGroup,
  FormHelperText,
  HelperText,
  HelperTextItem,
  Modal,
  ModalBody,
  ModalFooter,
  ModalHeader,
  TextInput,
} from "@patternfly/react-core";
import { type JSX, useState } from "react";
import type { NewUser, UserChange, UserLink, UserView } from "../../../../app/wire/users.ts";
import { send } from "../../api/client.ts";
import { Refusal } from "../proposal/decision-dialog.tsx";
import { GrantsEditor } from "./grants-editor.tsx";
import { type Grant, grantTrouble, isLastAdministrator, signInName, userNameTrouble } from "./grants.ts";

interface UserDialogProps {
  /** Undefined: somebody new is invited. */
  readonly user: UserView | undefined;
  readonly users: readonly UserView[];
  readonly onClose: () => void;
  readonly onInvited: (link: UserLink) => void;
  readonly onChanged: (user: UserView) => void;
}

/** Who somebody is, and what they may do. */
export function UserDialog({ user, users, onClose, onInvited, onChanged }: UserDialogProps): JSX.Element {
  const [name, setName] = useState("");
  const [title, setTitle] = useState("");
  const [isAdministrator, setAdministrator] = useState(user?.isAdministrator ?? false);
  const [grants, setGrants] = useState<readonly Grant[]>(user?.grants ?? [{ verb: "view", where: "*" }]);
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const isLast = user !== undefined && isLastAdministrator(user, users);
  const nameTrouble = user === undefined ? userNameTrouble(name, users.map(signInName)) : undefined;
  const isReady = nameTrouble === undefined && grants.every(({ where }) => grantTrouble(where) === undefined);
  const save = async (): Promise<void> => {
    if (!isReady || isBusy) return;
    setBusy(true);
    try {
      if (user === undefined) {
        const asked: NewUser = { name, isAdministrator, grants: [...grants] };
        if (title.trim() !== "") asked.title = title.trim();
        onInvited(await send<UserLink>("POST", "users", asked));
        return;
      }
      const change: UserChange = { isAdministrator, grants: [...grants] };
      onChanged(await send<UserView>("PATCH", `users/${encodeURIComponent(signInName(user))}`, change));
    } catch (error) {
      setRefusal(error);
      setBusy(false);
    }
  };
  return (
    <Modal isOpen variant="small" onClose={onClose} aria-labelledby="user-title">
      <ModalHeader
        title={user === undefined ? "Invite somebody" : `What ${user.person.name} may do`}
        labelId="user-title"
        {...(user === undefined ? { description: "You get a link to send them. They choose a password with it." } : {})}
      />
      <ModalBody>
        {refusal !== undefined && <Refusal error={refusal} />}
        <Form
          id="user-form"
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          {user === undefined && (
            <>
              <FormGroup label="Name to sign in with" isRequired fieldId="user-name">
                <TextInput
                  id="user-name"
                  isRequired
                  autoCapitalize="none"
                  autoComplete="off"
                  spellCheck={false}
                  value={name}
                  validated={name !== "" && nameTrouble !== undefined ? "error" : "default"}
                  aria-describedby="user-name-help"
                  onChange={(_, value) => {
                    setName(value);
                  }}
                />
                <FormHelperText>
                  <HelperText id="user-name-help">
                    <HelperTextItem variant={name !== "" && nameTrouble !== undefined ? "error" : "default"}>
                      {name === "" ? "Such as grace. It stays." : (nameTrouble ?? "It stays.")}
                    </HelperTextItem>
                  </HelperText>
                </FormHelperText>
              </FormGroup>
              <FormGroup label="Shown as" fieldId="user-shown">
                <TextInput
                  id="user-shown"
                  autoComplete="off"
                  maxLength={100}
                  value={title}
                  placeholder={name}
                  onChange={(_, value) => {
                    setTitle(value);
                  }}
                />
              </FormGroup>
            </>
          )}
          <Checkbox
            id="user-administrator"
            label="Administers the server"
            description={
              isLast
                ? "The last one who administers: make another administrator first."
                : "May do everything, everywhere, and changes these settings."
            }
            isChecked={isAdministrator}
            isDisabled={isLast}
            onChange={(_, isChecked) => {
              setAdministrator(isChecked);
            }}
          />
          {!isAdministrator && <GrantsEditor grants={grants} onChange={setGrants} />}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form="user-form" isLoading={isBusy} isDisabled={isBusy || !isReady}>
          {user === undefined ? "Make the link" : "Save"}
        </Button>
        <Button variant="link" onClick={onClose}>
          Cancel
        </Button>
      </ModalFooter>
    </Modal>
  );
}
