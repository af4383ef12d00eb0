import { PauseOutlined, PlayCircleOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { requests } from "../../api/calls";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { parseMac } from "../../lib/mac";
import { logColumns, useVerdictFilter } from "./columns";
import { LogDetail } from "./LogDetail";

const tail = 2_000;

export default function Log() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const verdict = useVerdictFilter();
  const [live, setLive] = useState(true);
  return (
    <Page title={t("nav.log")} lead={t("log.lead")}>
      <ListTable
        id="log"
        label={t("nav.log")}
        queryKey={live ? keys.list(org.id, "requests") : keys.list(org.id, "requests-paused")}
        fetch={({ mac, ...query }) =>
          requests.list(org.id, { ...query, mac: typeof mac === "string" ? (parseMac(mac) ?? mac) : undefined })
        }
        columns={logColumns(t, to)}
        rowKey={(row) => row.id}
        filters={[
          { name: "mac", label: t("phone.mac"), width: 165 },
          { name: "address", label: t("phone.address"), width: 125 },
          verdict,
          { name: "reason", label: t("log.code"), width: 150 },
        ]}
        search={t("log.search")}
        refetchInterval={live ? tail : false}
        expand={(row) => <LogDetail row={row} />}
        tools={
          <Button
            icon={live ? <PauseOutlined /> : <PlayCircleOutlined />}
            aria-pressed={live}
            onClick={() => setLive(!live)}
          >
            {live ? t("log.pause") : t("log.resume")}
          </Button>
        }
        empty={<Empty title={t("log.empty")} text={t("log.empty_text")} />}
      />
    </Page>
  );
}
