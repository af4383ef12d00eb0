import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { system } from "../../api/calls";
import { useCan } from "../../app/scope";
import { Empty, Loading, Problem } from "../../components/Blank";
import { Page } from "../../components/Page";
import { When } from "../../components/When";

export default function System() {
  const { t } = useTranslation();
  const may = useCan("system.read");
  const query = useQuery({ queryKey: ["global", "system"], queryFn: system.get, enabled: may });
  return (
    <Page title={t("nav.system")} narrow>
      {!may ? (
        <Empty title={t("problem.no_right")} text={t("system.owner_only")} />
      ) : query.isPending ? (
        <Loading />
      ) : query.isError ? (
        <Problem error={query.error} retry={() => void query.refetch()} />
      ) : (
        <section className="card">
          <dl className="body facts">
            <dt>{t("system.version")}</dt>
            <dd>{query.data.version}</dd>
            <dt>{t("system.node")}</dt>
            <dd className="mono">{query.data.node}</dd>
            <dt>{t("system.started")}</dt>
            <dd>
              <When at={query.data.started_at} />
            </dd>
            <dt>{t("system.database")}</dt>
            <dd>{query.data.database}</dd>
            <dt>{t("system.bus")}</dt>
            <dd>{query.data.bus}</dd>
            <dt>{t("system.api")}</dt>
            <dd>
              <a href="/api/docs">/api/docs</a> · <a href="/api/openapi.json">/api/openapi.json</a>
            </dd>
          </dl>
        </section>
      )}
    </Page>
  );
}
