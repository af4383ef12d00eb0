import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { accounts, devices } from "../../api/calls";
import type { Device } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { useExplain } from "../../components/Blank";
import { useModels } from "../phones/AddPhone";

function useAccountOptions() {
  const { org } = useScope();
  const { data } = useQuery({
    queryKey: keys.list(org.id, "accounts", "options"),
    queryFn: () => accounts.list(org.id, { limit: 500 }),
  });
  return (data?.items ?? []).map((account) => ({
    value: account.id,
    label: [account.user_id, account.name].filter(Boolean).join(" · "),
  }));
}

export function Lines({ device, review }: { device: Device; review: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const client = useQueryClient();
  const { message } = App.useApp();
  const explain = useExplain();
  const may = useCan("device.write");
  const options = useAccountOptions();
  const lines = device.lines ?? [];
  const model = useModels().find((one) => one.name === device.model);
  const count = Math.max(1, model?.lines ?? 0, ...lines.map((line) => line.line));
  const put = useMutation({
    mutationFn: ({ n, account }: { n: number; account: string }) => devices.putLine(org.id, device.id, n, account),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.all(org.id, "devices") });
      void client.invalidateQueries({ queryKey: keys.all(org.id, "accounts") });
    },
    onError: (error) => void message.error(explain(error)),
  });
  return (
    <section className="card lines">
      <ul>
        {Array.from({ length: count }, (_, i) => i + 1).map((n) => {
          const line = lines.find((one) => one.line === n);
          const known = !line || options.some((option) => option.value === line.account_id);
          return (
            <li key={n}>
              <label htmlFor={`line-${n}`}>{t("lines.line", { n })}</label>
              <Select
                id={`line-${n}`}
                allowClear
                showSearch={{ optionFilterProp: "label" }}
                disabled={!may}
                loading={put.isPending}
                style={{ inlineSize: 320 }}
                placeholder={t("lines.none")}
                value={line?.account_id || null}
                options={
                  known || !line ? options : [...options, { value: line.account_id, label: `${line.user_id} · ${line.name}` }]
                }
                onChange={(account: string | null) => put.mutate({ n, account: account ?? "" })}
              />
              {line?.name && <span className="muted">{line.name}</span>}
            </li>
          );
        })}
      </ul>
      <footer className="row">
        <p className="muted">
          {t("lines.help")} <Link to={to("/accounts")}>{t("nav.accounts")}</Link>
        </p>
        <Button className="end" type={put.isSuccess ? "primary" : "default"} onClick={review}>
          {t("draft.review")}
        </Button>
      </footer>
    </section>
  );
}
