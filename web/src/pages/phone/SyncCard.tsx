// Taking over what a phone holds: it is asked, what would be taken over is shown, and
// only then it is.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { devices } from "../../api/calls";
import type { Device, SyncPlan } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useExplain } from "../../components/Blank";
import { When } from "../../components/When";

const readEvery = 2_000;

function Found({ plan }: { plan: SyncPlan }) {
  const { t } = useTranslation();
  const [values, accounts] = [plan.values ?? [], plan.accounts ?? []];
  if (values.length + accounts.length === 0) return <p className="muted">{t("sync.nothing")}</p>;
  return (
    <>
      {values.length > 0 && (
        <table className="plain">
          <caption className="visually-hidden">{t("sync.values")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("on_phone.column.setting")}</th>
              <th scope="col">{t("sync.ours")}</th>
              <th scope="col">{t("sync.theirs")}</th>
            </tr>
          </thead>
          <tbody>
            {values.map((value) => (
              <tr key={value.key}>
                <td>
                  {value.label} <code className="muted">{value.key}</code>
                </td>
                <td className="mono">{value.ours ?? "–"}</td>
                <td className="mono">{value.theirs || "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {accounts.length > 0 && (
        <ul>
          {accounts.map((account) => (
            <li key={account.line}>
              {t("sync.account", { line: account.line, user: account.user_id, server: account.server_address })}{" "}
              <span className="muted">
                {account.problem || t(account.account_id ? "sync.there" : account.server_id ? "sync.made_account" : "sync.made_both")}
                {account.replaces && ` ${t("sync.replaces", { user: account.replaces })}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function SyncCard({ device, review }: { device: Device; review: () => void }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const { message } = App.useApp();
  const explain = useExplain();
  const may = useCan("device.write");
  const [accounts, setAccounts] = useState(false);
  const key = keys.one(org.id, "devices", device.mac, "sync");
  const plan = useQuery({
    queryKey: key,
    queryFn: () => devices.sync(org.id, device.id),
    refetchInterval: (query) => (query.state.data?.state === "reading" ? readEvery : false),
  });
  const read = useMutation({
    mutationFn: () => devices.readForSync(org.id, device.id),
    onSuccess: (found) => client.setQueryData(key, found),
    onError: (error) => void message.error(explain(error)),
  });
  const apply = useMutation({
    mutationFn: (hash: string) => devices.applySync(org.id, device.id, hash, accounts),
    onSuccess: (done) => {
      void client.invalidateQueries({ queryKey: keys.org(org.id) });
      void message.success(t("sync.done", { values: done.values, accounts: done.accounts }));
      review();
    },
    onError: (error) => void message.error(explain(error)),
  });
  const found = plan.data;
  const some = found?.state === "ready" && (found.values ?? []).length + (found.accounts ?? []).length > 0;
  return (
    <section className="card wide">
      <h2 className="row spread">
        {t("sync.title")}
        <Button size="small" disabled={!may || device.reach === "offline"} loading={read.isPending || found?.state === "reading"} onClick={() => read.mutate()}>
          {t("sync.read")}
        </Button>
      </h2>
      <div className="body stack">
        <p className="muted">{t(device.reach === "offline" ? "sync.offline" : "sync.help")}</p>
        {found?.state === "failed" && <p role="alert">{found.reason}</p>}
        {found?.state === "ready" && (
          <>
            <p className="muted">
              {t("on_phone.read_at")} <When at={found.read_at} relative />
            </p>
            <Found plan={found} />
          </>
        )}
        {some && (
          <div className="row">
            {(found.accounts ?? []).length > 0 && (
              <Checkbox checked={accounts} onChange={(event) => setAccounts(event.target.checked)}>
                {t("sync.with_accounts")}
              </Checkbox>
            )}
            <Button type="primary" disabled={!may} loading={apply.isPending} onClick={() => apply.mutate(found.hash)}>
              {t("sync.apply")}
            </Button>
          </div>
        )}
      </div>
    </section>
  );
}
