import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, useNavigate, useSearchParams } from "react-router";
import { session } from "../../api/calls";
import { ApiError } from "../../api/client";
import { useSessionQuery } from "../../app/session";
import { useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { Gate } from "./Gate";
import { safeNext } from "./next";

export default function SignIn() {
  const { t } = useTranslation();
  const explain = useExplain();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const next = safeNext(params.get("next"), "/");
  const who = useSessionQuery();
  const signIn = useMutation({
    mutationFn: session.signIn,
    onSuccess: (me) => {
      client.setQueryData(["session"], me);
      void navigate(next, { replace: true });
    },
  });
  if (who.data) return <Navigate to={next} replace />;

  const words = (error: unknown) => {
    if (!(error instanceof ApiError)) return explain(error);
    if (error.code === "locked") {
      return t("sign_in.locked", { count: Math.max(1, Math.ceil((error.problem.retry_after ?? 60) / 60)) });
    }
    return error.status === 401 ? t("sign_in.bad_credentials") : explain(error);
  };
  return (
    <Gate title={t("sign_in.title")} lead={params.get("next") ? t("sign_in.lead_next") : t("sign_in.lead")}>
      <Form layout="vertical" requiredMark={false} onFinish={signIn.mutate}>
        {signIn.isError && (
          <div className="note bad" role="alert" style={{ marginBlockEnd: 14 }}>
            <Glyph name="cross" />
            {words(signIn.error)}
          </div>
        )}
        <Form.Item name="login" label={t("sign_in.login")} rules={[{ required: true, message: t("form.required") }]}>
          <Input autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false} size="large" />
        </Form.Item>
        <Form.Item name="password" label={t("sign_in.password")} rules={[{ required: true, message: t("form.required") }]}>
          <Input.Password autoComplete="current-password" size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={signIn.isPending}>
          {t("sign_in.submit")}
        </Button>
      </Form>
    </Gate>
  );
}
