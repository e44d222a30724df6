const troubles: Readonly<Record<string, string>> = {
  sign_in_denied: "The provider, or you there, said no. Ask whoever runs the provider for access.",
  sign_in_state: "This browser did not begin to sign in here, or it took more than ten minutes. Begin again.",
  sign_in_provider: "The provider cannot be asked, or refused this server. The server's log says why.",
  sign_in_way: "This way of signing in is not set up. Take one of those below.",
  api_too_many: "Too many tries from here. Wait a minute, then begin again.",
};

/** What to do when a provider sent somebody back who is not signed in. The code is from the address: anybody may have written it. */
export function redirectTrouble(code: string): string {
  return Object.hasOwn(troubles, code) ? troubles[code]! : "Signing in there did not work. Begin again.";
}
