import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useRouteError } from "react-router";
import { Empty } from "../../components/Blank";

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty
      title={t("not_found.title")}
      text={t("not_found.text")}
      action={
        <Link to="/">
          <Button type="primary">{t("not_found.home")}</Button>
        </Link>
      }
    />
  );
}

/** RouteProblem catches what a page throws and keeps the rest of the console alive. */
export function RouteProblem() {
  const { t } = useTranslation();
  const error = useRouteError();
  const detail = error instanceof Error ? error.message : "";
  return (
    <div role="alert">
      <Empty
        title={t("crash.title")}
        text={
          <>
            {t("crash.text")}
            {detail && <span className="mono muted"> {detail}</span>}
          </>
        }
        action={
          <Button type="primary" onClick={() => location.reload()}>
            {t("crash.reload")}
          </Button>
        }
      />
    </div>
  );
}
