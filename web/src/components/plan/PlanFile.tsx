import { useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { plans } from "../../api/calls";
import { useScope } from "../../app/scope";
import { around, lineDiff } from "../../lib/linediff";
import { Loading, Problem } from "../Blank";

const context = 2;

interface Props {
  hash: string;
  mac: string;
  name: string;
}

/** PlanFile shows what one phone's file has now and would have, byte for byte but for its secrets. */
export function PlanFile({ hash, mac, name }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <div className="plan-file">
      <Button size="small" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? t("plan.file_hide") : t("plan.file_show", { name: name || mac })}
      </Button>
      {open && <Difference hash={hash} mac={mac} />}
    </div>
  );
}

function Difference({ hash, mac }: { hash: string; mac: string }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const query = useQuery({
    queryKey: ["plan file", org.id, hash, mac],
    queryFn: () => plans.files(org.id, hash, mac),
    staleTime: Infinity,
  });
  if (query.isPending) return <Loading />;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  const diff = around(lineDiff(query.data.before, query.data.after), context);
  return (
    <pre className="plan-diff" tabIndex={0} aria-label={t("plan.file")}>
      {diff.map((line, i) =>
        line === null ? (
          <div key={i} className="muted">
            …
          </div>
        ) : (
          <div key={i} className={line.side}>
            <span aria-hidden="true">{line.side === "before" ? "− " : line.side === "after" ? "+ " : "  "}</span>
            {line.side !== "both" && <span className="visually-hidden">{t(`plan.file_${line.side}`)} </span>}
            {line.text}
          </div>
        ),
      )}
    </pre>
  );
}
