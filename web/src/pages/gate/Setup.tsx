import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { setup } from "../../api/calls";
import { ApiError } from "../../api/client";
import { Loading, useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { Gate } from "./Gate";
import { safeNext } from "./next";

const shortest = 12;

interface First {
  login: string;
  name?: string;
  password: string;
}

function useSetup(token: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const next = safeNext(params.get("next"), "/phones");
  return useMutation({
    mutationFn: (body: Partial<First>) => setup.use(token, body),
    onSuccess: (me) => {
      client.setQueryData(["session"], me);
      void navigate(next, { replace: true });
    },
  });
}

function Refused({ error }: { error: unknown }) {
  const explain = useExplain();
  return (
    <div className="note bad" role="alert" style={{ marginBlockEnd: 14 }}>
      <Glyph name="cross" />
      {explain(error)}
    </div>
  );
}

function FirstForm({ token }: { token: string }) {
  const { t } = useTranslation();
  const use = useSetup(token);
  const required = { required: true, message: t("form.required") };
  return (
    <Form<First & { again: string }>
      layout="vertical"
      requiredMark={false}
      onFinish={({ login, name, password }) => use.mutate({ login, name, password })}
    >
      {use.isError && <Refused error={use.error} />}
      <Form.Item name="login" label={t("sign_in.login")} rules={[required]}>
        <Input autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false} />
      </Form.Item>
      <Form.Item name="name" label={t("setup.name")}>
        <Input autoComplete="name" />
      </Form.Item>
      <Form.Item
        name="password"
        label={t("sign_in.password")}
        extra={t("setup.password_help", { count: shortest })}
        rules={[required, { min: shortest, message: t("setup.password_help", { count: shortest }) }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t("setup.again")}
        dependencies={["password"]}
        rules={[
          required,
          ({ getFieldValue }) => ({
            validator: (_, value) =>
              value === getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t("setup.differs"))),
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Button type="primary" htmlType="submit" size="large" block loading={use.isPending}>
        {t("setup.create")}
      </Button>
    </Form>
  );
}

// A button, not an effect: whatever fetches the link ahead of the operator (a
// chat's preview, a mail scanner) must not use it up.
function Enter({ token, login }: { token: string; login: string }) {
  const { t } = useTranslation();
  const use = useSetup(token);
  return (
    <>
      {use.isError && <Refused error={use.error} />}
      <Button type="primary" size="large" block autoFocus loading={use.isPending} onClick={() => use.mutate({})}>
        {t("setup.enter", { login })}
      </Button>
    </>
  );
}

export default function Setup() {
  const { t } = useTranslation();
  const explain = useExplain();
  const { token = "" } = useParams();
  const link = useQuery({ queryKey: ["setup", token], queryFn: () => setup.get(token), staleTime: Infinity });
  if (link.isPending) return <Loading />;
  if (link.isError) {
    const used = link.error instanceof ApiError && link.error.status === 404;
    return (
      <Gate title={t("setup.used_title")} lead={used ? t("setup.used_text") : explain(link.error)}>
        <Link to="/sign-in">{t("setup.to_sign_in")}</Link>
      </Gate>
    );
  }
  if (link.data.kind === "first") {
    return (
      <Gate title={t("setup.first_title")} lead={t("setup.first_lead")}>
        <FirstForm token={token} />
      </Gate>
    );
  }
  return (
    <Gate title={t("setup.signin_title")} lead={t("setup.signin_lead")}>
      <Enter token={token} login={link.data.login} />
    </Gate>
  );
}
