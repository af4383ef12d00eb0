// What a page or list shows instead of content: loading, empty, a problem.
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";

export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="blank" role="status">
      <p>{t("state.loading")}</p>
    </div>
  );
}

interface EmptyProps {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
}

/** Empty says that there is nothing and what the next step is. */
export function Empty({ title, text, action }: EmptyProps) {
  return (
    <div className="blank">
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {action && <div className="row">{action}</div>}
    </div>
  );
}

/** useExplain turns any error into a sentence for the operator. */
export function useExplain(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t("problem.unexpected");
    if (error.status === 0) return t("problem.network");
    if (error.status === 412) return t("problem.changed_meanwhile");
    const fields = (error.problem.errors ?? []).map((one) => one.message).filter((m) => m && m !== error.message);
    return [error.message, ...fields].filter(Boolean).join(" · ");
  };
}

interface ProblemProps {
  error: unknown;
  retry?: () => void;
}

/** Problem says in words what went wrong and offers another try. */
export function Problem({ error, retry }: ProblemProps) {
  const { t } = useTranslation();
  const explain = useExplain();
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className="blank" role="alert">
      <h2>{missing ? t("problem.not_found") : t("problem.title")}</h2>
      <p>{explain(error)}</p>
      {retry && (
        <div className="row">
          <Button onClick={retry}>{t("action.retry")}</Button>
        </div>
      )}
    </div>
  );
}
