/** The phone number that a person agrees to tell the program. */
import { askYesNo } from "./dialogs";
import { sandboxCode } from "./person";
import { privacy } from "./privacy";

/**
 * What the button for the phone number answers. The number is made up by the server's sandbox, the same one each
 * time for a person; WeChat asks before it tells, so the person is asked here too.
 */
export async function askPhoneNumber(): Promise<{ errMsg: string; code?: string }> {
  try {
    await privacy.require();
  } catch {
    return { errMsg: "getPhoneNumber:fail privacy permission is not authorized" };
  }
  const agreed = await askYesNo("申请使用您的手机号", "预览里是这个人的虚构号码。", { yes: "允许", no: "不允许" });
  if (!agreed) return { errMsg: "getPhoneNumber:fail user deny" };
  return { errMsg: "getPhoneNumber:ok", code: sandboxCode() };
}
