// One phone that waits: what it is, why it waits, and the two or three things
// that may be done about it.
import { useMutation } from "@tanstack/react-query";
import { App, Button, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useCan } from "../../app/scope";
import { useSiteOptions } from "../../app/useSites";
import { useExplain } from "../../components/Blank";
import { CopyMac, Mac } from "../../components/Mac";
import { State } from "../../components/State";
import { When } from "../../components/When";
import { ClaimLan } from "../lan/ClaimLan";
import { mayApprove, type WaitingRow, whyWaiting } from "../../lib/waiting";
import { useModelOptions } from "../phones/AddPhone";
import type { Outcome } from "../waiting/Outcomes";
import { useDecide } from "../waiting/useDecide";
import { automatic, useModelTemplates } from "../waiting/useTemplates";
import { Certificate } from "./Certificate";

interface Props {
  row: WaitingRow;
  tell: (outcome: Outcome) => void;
  /** more opens the dialog with template, name and account. */
  more: () => void;
}

function Suggested({ row, model }: { row: WaitingRow; model: string }) {
  const { t } = useTranslation();
  const all = useModelTemplates();
  const found = automatic(all, row.vendor, model);
  const { rule } = row;
  return (
    <span className="muted">
      {rule && `${t("rules.by", { rule: rule.rule, site: rule.site_name })} ${rule.template && t("rules.with_template", { template: rule.template })} `}
      {found ? t("plug.template_auto", { name: found.name }) : model ? t("plug.template_none", { model }) : t("plug.template_unknown")}
    </span>
  );
}

export function StrangerCard({ row, tell, more }: Props) {
  const { t } = useTranslation();
  const may = useCan("device.write");
  const explain = useExplain();
  const { message } = App.useApp();
  const sites = useSiteOptions();
  const models = useModelOptions();
  const decide = useDecide();
  const [site, setSite] = useState(row.siteId);
  const [model, setModel] = useState("");
  const [calling, setCalling] = useState(false);
  const run = useMutation({
    mutationFn: (how: "approve" | "reject") =>
      decide(how, [row], () => ({ site_id: site || undefined, model: row.known ? undefined : model || undefined })),
    onSuccess: (outcome) => tell(outcome),
    onError: (error) => void message.error(explain(error), 6),
  });
  const lacks = !row.known && !model;
  return (
    <li className="card stranger" data-mac={row.mac} data-kind={row.kind}>
      <div className="row wrap">
        <h3>{row.name || row.model || t("plug.unknown_model")}</h3>
        <span className="muted">{row.vendor}</span>
        <span className="row tight">
          <Mac mac={row.mac} />
          <CopyMac mac={row.mac} />
        </span>
        <span className="end">{row.claim ? <State kind="claim" of={row.claim.state} /> : <State kind="waits" of={row.kind} />}</span>
      </div>
      <p>{t(`waiting.why.${whyWaiting(row)}`, { name: row.name || row.model })}</p>
      <p className="muted">
        {row.address && (
          <>
            {t("plug.from")} <span className="mono">{row.address}</span>
            {row.door && ` · ${t("plug.door", { door: row.door.toUpperCase() })}`}
            {" · "}
          </>
        )}
        {row.requests > 0 && `${t("plug.requests", { count: row.requests })} · `}
        {t("plug.last")} <When at={row.last || row.first} relative />
      </p>
      {row.subject && <Certificate subject={row.subject} />}
      <div className="row wrap decide">
        {!row.known && (
          <Select
            showSearch
            aria-label={t("phone.model")}
            placeholder={t("phone.model")}
            style={{ inlineSize: 150 }}
            value={model || null}
            options={models}
            onChange={(value: string) => setModel(value)}
          />
        )}
        <Select
          showSearch={{ optionFilterProp: "title" }}
          aria-label={t("phone.site")}
          placeholder={t("phones.default_site")}
          style={{ inlineSize: 170 }}
          popupMatchSelectWidth={false}
          value={site || null}
          options={sites}
          onChange={(value: string) => setSite(value)}
        />
        <Button
          type="primary"
          disabled={!may || lacks || !mayApprove(row)}
          loading={run.isPending && run.variables === "approve"}
          onClick={() => run.mutate("approve")}
        >
          {t("waiting.approve")}
        </Button>
        <Button disabled={!may} onClick={more}>
          {t("plug.more")}
        </Button>
        <Button disabled={!may || !row.address} onClick={() => setCalling(true)}>
          {t("lan.ask")}
        </Button>
        <Button disabled={!may} loading={run.isPending && run.variables === "reject"} onClick={() => run.mutate("reject")}>
          {t("claims.reject")}
        </Button>
      </div>
      <Suggested row={row} model={row.model || model} />
      {calling && <ClaimLan phone={{ ...row, siteId: site }} close={() => setCalling(false)} />}
    </li>
  );
}
