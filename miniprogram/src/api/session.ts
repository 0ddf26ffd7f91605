/** Who is signed in: a short-lived token in memory, renewed silently by a new wx.login. */
import { asFailure, consentMissing, unreachable } from "../domain/failure";
import { PRIVACY_VERSION } from "../domain/privacy";
import { hasConsented } from "./privacy";
import { request } from "./request";
import { keepSigning } from "./signing";
import type { Member, Session } from "./types";

/** Whether a call needs a member; `optional` sends the token of who is signed in already. */
export type Audience = "anyone" | "optional" | "member";

const RENEW_BEFORE_MS = 60_000;

let session: { token: string; expiresAt: number; member: Member } | null = null;
let signingIn: Promise<string> | null = null;

function loginCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.login({ success: ({ code }) => resolve(code), fail: () => reject(unreachable()) });
  });
}

function currentToken(): string | null {
  return session !== null && session.expiresAt > Date.now() ? session.token : null;
}

/** The service keeps which version was agreed to. Failing is no harm: the next sign-in tells it again. */
async function tellConsent(member: Member, token: string): Promise<void> {
  if (member.privacy_version === PRIVACY_VERSION) return;
  try {
    await request({ method: "POST", path: "/me/privacy-consent", body: { version: PRIVACY_VERSION } }, token);
  } catch (reason) {
    console.warn("privacy consent not recorded", asFailure(reason).code);
  }
}

async function openSession(): Promise<string> {
  if (!hasConsented()) throw consentMissing();
  const code = await loginCode();
  const opened = await request<Session>({ method: "POST", path: "/sessions", body: { code } }, null);
  const expiresAt = Date.now() + opened.expires_in * 1000 - RENEW_BEFORE_MS;
  session = { token: opened.token, expiresAt, member: opened.member };
  keepSigning(opened.member);
  await tellConsent(opened.member, opened.token);
  return opened.token;
}

/** The token, by a new sign-in where needed; callers at the same time share one. @throws Failure */
function signedIn(): Promise<string> {
  const token = currentToken();
  if (token !== null) return Promise.resolve(token);
  signingIn ??= openSession().finally(() => {
    signingIn = null;
  });
  return signingIn;
}

/** Runs an exchange as the audience wants it; a token that has run out is renewed once. */
export async function as<T>(audience: Audience, exchange: (token: string | null) => Promise<T>): Promise<T> {
  if (audience === "anyone") return exchange(null);
  const token = audience === "member" ? await signedIn() : currentToken();
  try {
    return await exchange(token);
  } catch (reason) {
    if (asFailure(reason).status !== 401) throw reason;
    signOut(token);
    return exchange(await signedIn());
  }
}

/** Signs in where needed. @throws Failure, of kind "consent" for who has not agreed to the privacy statement. */
export async function signIn(): Promise<Member> {
  await signedIn();
  if (session === null) throw consentMissing();
  return session.member;
}

/** Who is signed in, without signing in. */
export function memberIfSignedIn(): Member | null {
  return session?.member ?? null;
}

export function rememberMember(member: Member): void {
  if (session !== null) session = { ...session, member };
}

/** @param token lets go of the session only if it is still this token's. */
export function signOut(token: string | null = session?.token ?? null): void {
  if (session?.token === token) session = null;
}
