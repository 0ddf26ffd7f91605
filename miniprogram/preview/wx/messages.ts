/** Consent to subscription messages: WeChat asks for each message that the program may send. */
import { call, CallFailure } from "./call";
import { askYesNo } from "./dialogs";

const MOST_AT_ONCE = 3;

async function requestSubscribeMessage({ tmplIds }: { tmplIds: string[] }): Promise<object> {
  if (tmplIds.length === 0 || tmplIds.length > MOST_AT_ONCE) throw new CallFailure("TmplIds length error", 10005);
  const question = `允许本小程序发送 ${tmplIds.length} 种一次性消息？`;
  const agreed = await askYesNo("申请发送消息", question, { yes: "允许", no: "取消" });
  return Object.fromEntries(tmplIds.map((id) => [id, agreed ? "accept" : "reject"]));
}

export function messageCalls(): Record<string, unknown> {
  return { requestSubscribeMessage: call("requestSubscribeMessage", requestSubscribeMessage) };
}
