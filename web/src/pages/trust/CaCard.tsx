import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { trust } from "../../api/calls";
import { Glyph } from "../../components/Glyph";
import { Mac } from "../../components/Mac";
import { When } from "../../components/When";
import { type PlacedCa, subjectsKey } from "./useTrust";

const digest = "SHA-256";

interface Props {
  ca: PlacedCa;
  may: boolean;
  confirm: () => void;
  remove: () => void;
}

function Rule({ ca, may, confirm }: Omit<Props, "remove">) {
  const { t } = useTranslation();
  if (ca.confirmed) {
    return (
      <p>
        <span className="state ok">
          <Glyph name="check" />
          {t("trust.in_force")}
        </span>{" "}
        <code>
          {ca.rule.field}: {ca.rule.pattern}
        </code>{" "}
        <span className="muted">
          {t("trust.confirmed_on", { by: ca.confirmed_by })} <When at={ca.confirmed_at} /> · <Mac mac={ca.confirmed_mac} /> ·{" "}
          <span className="mono">{ca.confirmed_subject}</span>
        </span>
      </p>
    );
  }
  return (
    <div className="note warn">
      <Glyph name="clock" />
      <span>{ca.subjects > 0 ? t("trust.open", { count: ca.subjects }) : t("trust.open_unseen")}</span>
      <span className="end">
        <Button size="small" type="primary" disabled={!may || ca.subjects === 0} onClick={confirm}>
          {t("rule.ask")}
        </Button>
      </span>
    </div>
  );
}

function Subjects({ ca }: { ca: PlacedCa }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: subjectsKey(ca),
    queryFn: () => trust.subjects(ca.place, ca.id),
    refetchInterval: 10_000,
  });
  return (
    <table className="plain">
      <caption className="visually-hidden">{t("trust.seen_list")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("waiting.subject")}</th>
          <th scope="col">{t("phone.address")}</th>
          <th scope="col">{t("waiting.last")}</th>
          <th scope="col">{t("waiting.requests")}</th>
        </tr>
      </thead>
      <tbody>
        {(data?.items ?? []).map((one) => (
          <tr key={one.id}>
            <td className="mono">{one.subject}</td>
            <td className="mono">{one.address}</td>
            <td>
              <When at={one.last_at} relative />
            </td>
            <td>{one.requests}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** CaCard is one trusted CA: its certificates, its rule, what it signed. */
export function CaCard({ ca, may, confirm, remove }: Props) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <li className="card ca" data-ca={ca.name}>
      <div className="row wrap">
        <h2>{ca.name}</h2>
        <span className={ca.scope === "platform" ? "chip info" : "chip"}>{t(`trust.scope.${ca.scope}`)}</span>
        <span className="end row">
          <span className="muted">{t("trust.devices", { count: ca.devices })}</span>
          {ca.confirmed && (
            <Button size="small" disabled={!may} onClick={confirm}>
              {t("trust.rule_again")}
            </Button>
          )}
          <Button size="small" danger disabled={!may} onClick={remove}>
            {t("action.delete_ask")}
          </Button>
        </span>
      </div>
      <Rule ca={ca} may={may} confirm={confirm} />
      <ul className="certificates">
        {ca.certificates.map((one) => (
          <li key={one.sha256}>
            <span className="mono">{one.subject}</span>{" "}
            <span className="muted">
              {t("trust.until")} <When at={one.not_after} /> · {digest} <span className="mono">{one.sha256.slice(0, 16)}…</span>
            </span>
          </li>
        ))}
      </ul>
      {ca.subjects > 0 && (
        <div>
          <Button size="small" type="link" aria-expanded={open} onClick={() => setOpen(!open)}>
            {t("trust.seen", { count: ca.subjects })}
          </Button>
          {open && <Subjects ca={ca} />}
        </div>
      )}
    </li>
  );
}
