// What a profile would do, or did, in each organization: one plan and one task each.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Drawer } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { plans, redirections } from "../../api/calls";
import type { Redirection, RedirectionDelivery } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { Empty, Loading, Problem, useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { PlanView } from "../../components/plan/PlanView";
import "../../components/plan/plan.css";
import { profileKeys } from "./keys";

interface Props {
  profile: Redirection;
  /** done is what an edit did already; without it plans are asked for. */
  done?: RedirectionDelivery[];
  close: () => void;
}

/** Deliveries is mounted while it is open. */
export function Deliveries({ profile, done, close }: Props) {
  const { t } = useTranslation();
  const { org } = useScope();
  const query = useQuery({
    queryKey: profileKeys.plans(org.tenant_id, profile.id),
    queryFn: () => redirections.plans(org.tenant_id, profile.id),
    enabled: !done,
    staleTime: Infinity,
    gcTime: 0,
  });
  const list = done ?? query.data?.items ?? [];
  return (
    <Drawer open title={t("rps.plan_title", { name: profile.name })} size={760} onClose={close}>
      {!done && query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} retry={() => void query.refetch()} />
      ) : list.length === 0 ? (
        <Empty title={t("rps.nobody")} text={t("rps.nobody_text")} />
      ) : (
        <div className="stack">
          {list.map((one) => (
            <Delivery key={one.org_id} delivery={one} />
          ))}
        </div>
      )}
    </Drawer>
  );
}

function Delivery({ delivery }: { delivery: RedirectionDelivery }) {
  const { t } = useTranslation();
  const explain = useExplain();
  const { org, orgs } = useScope();
  const client = useQueryClient();
  const may = useCan("plan.push");
  const [sure, setSure] = useState(false);
  const { plan } = delivery;
  const push = useMutation({
    mutationFn: () => plans.push(delivery.org_id, plan.hash, sure),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.org(delivery.org_id) }),
  });
  const task = push.data?.id ?? delivery.task_id;
  const asks = plan.warnings.find((one) => one.code === "undeliverable")?.devices ?? 0;
  const slug = orgs.find((one) => one.id === delivery.org_id)?.slug ?? delivery.org_id;
  return (
    <section className="stack" aria-label={delivery.org}>
      <h3>{delivery.org}</h3>
      {delivery.held && !task && (
        <div className="note warn">
          <Glyph name="warn" size={14} />
          <span>{t("rps.held", { reason: delivery.held })}</span>
        </div>
      )}
      {task && (
        <div className="note" role="status">
          <span>
            {t("plan.started", { count: plan.devices })} <Link to={`/tasks/${task}?org=${slug}`}>{t("plan.open_task")}</Link>
          </span>
        </div>
      )}
      {push.isError && (
        <div className="note bad" role="alert">
          <Glyph name="cross" />
          <span>{explain(push.error)}</span>
        </div>
      )}
      <PlanView plan={plan} files={delivery.org_id === org.id && !task} />
      {!task && plan.devices > 0 && (
        <div className="row">
          {asks > 0 && (
            <Checkbox checked={sure} onChange={(e) => setSure(e.target.checked)}>
              {t("plan.confirm_undeliverable", { count: asks })}
            </Checkbox>
          )}
          <Button
            className="end"
            type="primary"
            disabled={!may || (asks > 0 && !sure)}
            loading={push.isPending}
            onClick={() => push.mutate()}
          >
            {t("plan.push", { count: plan.devices })}
          </Button>
        </div>
      )}
    </section>
  );
}
