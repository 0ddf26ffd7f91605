/** The shape of nearly all calls of `wx`: options with callbacks, or a promise where there are none. */

export interface Callbacks {
  success?: (answer: object) => void;
  fail?: (answer: { errMsg: string; errno?: number }) => void;
  complete?: (answer: object) => void;
}

/** Refuses a call as WeChat does: the caller sees `<call>:fail <reason>`. */
export class CallFailure extends Error {
  constructor(
    reason: string,
    readonly errno?: number,
  ) {
    super(reason);
  }
}

export type Call<Options> = (options?: Options & Callbacks) => Promise<object> | undefined;

/** Calls so far, newest last: tests look at them. */
export const calls: { name: string; options: unknown }[] = [];

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Settles a call and tells whoever wants to hear. An error in a callback stays an error. */
export function settle(
  name: string,
  result: Promise<object | undefined>,
  options: Callbacks,
): Promise<object> | undefined {
  const settled = result.then(
    (answer) => ({ errMsg: `${name}:ok`, ...answer }),
    (error: unknown) => {
      const errno = error instanceof CallFailure ? error.errno : undefined;
      throw { errMsg: `${name}:fail ${reasonOf(error)}`, ...(errno === undefined ? {} : { errno }) };
    },
  );
  const { success, fail, complete } = options;
  if (success === undefined && fail === undefined && complete === undefined) return settled;
  void settled.then(
    (answer) => {
      success?.(answer);
      complete?.(answer);
    },
    (refusal: { errMsg: string }) => {
      fail?.(refusal);
      complete?.(refusal);
    },
  );
  return undefined;
}

/** Makes a call of `wx` from what it does. */
export function call<Options extends object>(
  name: string,
  run: (options: Options) => object | undefined | void | Promise<object | undefined | void>,
): Call<Options> {
  return (options) => {
    const given = options ?? ({} as Options & Callbacks);
    calls.push({ name, options: given });
    const result = (async () => (await run(given)) ?? undefined)();
    return settle(name, result, given);
  };
}
