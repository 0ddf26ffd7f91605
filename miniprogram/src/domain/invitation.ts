/** Invitation codes bind an enterprise's representative. */

const LONGEST = 40;

/** The code as the service takes it: without space or dashes at its edges, in capitals. Null when empty. */
export function invitationCode(text: string): string | null {
  const code = text.replace(/\s+/g, "").toUpperCase();
  return code === "" || code.length > LONGEST ? null : code;
}
