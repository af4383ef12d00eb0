// Who asked for a phone's configuration with nothing that proves who asks.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { claims } from "../../api/calls";
import type { Claim } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty, useExplain } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { Mac } from "../../components/Mac";
import { State } from "../../components/State";
import { When } from "../../components/When";

function useDecide() {
  const { t } = useTranslation();
  const { org } = useScope();
  const client = useQueryClient();
  const explain = useExplain();
  const { message } = App.useApp();
  return useMutation({
    mutationFn: ({ claim, how }: { claim: Claim; how: "approve" | "reject" }) =>
      claims.decide(org.id, claim.device.id, claim.id, how),
    onSuccess: (_, { how }) => {
      void client.invalidateQueries({ queryKey: keys.org(org.id) });
      void message.success(t(how === "approve" ? "claims.approved" : "claims.rejected"));
    },
    onError: (error) => void message.error(explain(error)),
  });
}

// What is decided already can be decided anew: a party that was approved by
// mistake can still be refused.
function mayApprove(claim: Claim): boolean {
  return claim.state !== "approved" && claim.state !== "taken";
}

/** ClaimList shows each party once, the contested ones first. */
export function ClaimList() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const may = useCan("device.write");
  const decide = useDecide();
  const columns: Column<Claim>[] = [
    {
      key: "phone",
      title: t("claims.phone"),
      render: (c) => <Link to={to(`/phones/${c.device.mac}`)}>{c.device.name || <Mac mac={c.device.mac} />}</Link>,
    },
    { key: "mac", title: t("phone.mac"), render: (c) => <Mac mac={c.device.mac} /> },
    { key: "state", title: t("claims.state"), render: (c) => <State kind="claim" of={c.state} explain /> },
    { key: "address", title: t("phone.address"), render: (c) => <span className="mono">{c.address}</span> },
    { key: "agent", title: t("claims.agent"), hidden: true, render: (c) => <span className="mono muted">{c.user_agent || "–"}</span> },
    { key: "last", title: t("waiting.last"), render: (c) => <When at={c.last_at} relative /> },
    { key: "requests", title: t("waiting.requests"), align: "end", render: (c) => c.requests },
    {
      key: "decide",
      title: t("claims.decide"),
      width: 190,
      render: (c) => (
        <span className="row">
          {mayApprove(c) && (
            <Button
              size="small"
              type="primary"
              disabled={!may || decide.isPending}
              onClick={() => decide.mutate({ claim: c, how: "approve" })}
            >
              {t("waiting.approve")}
            </Button>
          )}
          {c.state !== "rejected" && (
            <Button
              size="small"
              disabled={!may || decide.isPending}
              onClick={() => decide.mutate({ claim: c, how: "reject" })}
            >
              {t("claims.reject")}
            </Button>
          )}
        </span>
      ),
    },
  ];
  return (
    <ListTable
      id="claims"
      label={t("claims.title")}
      queryKey={keys.list(org.id, "claims")}
      fetch={() => claims.list(org.id)}
      refetchInterval={5_000}
      columns={columns}
      rowKey={(c) => c.id}
      empty={<Empty title={t("claims.empty_title")} text={t("claims.empty_text")} />}
    />
  );
}
