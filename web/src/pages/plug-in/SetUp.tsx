// How a phone is led here: by DHCP, or by hand under the names that it has.
import { CopyOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { guides } from "../../api/calls";
import type { SetUp as Guide, SetUpCard } from "../../api/types";
import { usePref } from "../../app/prefs";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { Loading, Problem } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { useCopy } from "../../components/Mac";
import { DhcpLines } from "./DhcpLines";

export function useGuide() {
  const { org } = useScope();
  return useQuery({ queryKey: keys.list(org.id, "setup-cards"), queryFn: () => guides.setUp(org.id), staleTime: 60_000 });
}

function CopyField({ name, value }: { name: string; value: string }) {
  const { t } = useTranslation();
  const copy = useCopy();
  return (
    <div className="copy-field">
      <span className="muted">{name}</span>
      <code>{value}</code>
      <Button size="small" icon={<CopyOutlined />} aria-label={t("plug.copy_field", { name })} onClick={() => void copy(value)} />
    </div>
  );
}

export function Card({ card }: { card: SetUpCard }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p>
        <strong>{t("plug.menu")}</strong>{" "}
        {card.menu.length > 0 ? card.menu.join(" › ") : <span className="muted">{t("plug.menu_unknown")}</span>}
      </p>
      <div>
        {card.fields.map((field) => (
          <CopyField key={field.name} {...field} />
        ))}
      </div>
      <p className="muted">{t("plug.by_hand")}</p>
      {card.way === "page" && <p className="muted">{t("plug.by_page")}</p>}
    </div>
  );
}

function ByHand({ guide, model, choose }: { guide: Guide; model: string; choose: (model: string) => void }) {
  const { t } = useTranslation();
  const options = guide.cards.map((card) => ({
    label: `${card.vendor} ${card.family}`,
    options: card.models.map((name) => ({ value: name, label: name })),
  }));
  const card = guide.cards.find((one) => one.models.includes(model)) ?? guide.cards[0];
  return (
    <div className="stack">
      <Select
        showSearch={{ optionFilterProp: "label" }}
        aria-label={t("phone.model")}
        value={model || card?.models[0] || null}
        options={options}
        onChange={choose}
      />
      {card && <Card card={card} />}
    </div>
  );
}

function Doors({ guide }: { guide: Guide }) {
  const { t } = useTranslation();
  const open = guide.doors.filter((door) => door.url !== "");
  if (open.length === 0) {
    return (
      <div className="note warn">
        <Glyph name="warn" />
        {t("plug.no_door")}
      </div>
    );
  }
  return (
    <dl className="facts doors">
      {guide.doors.map((door) => (
        <div key={door.door}>
          <dt>{door.door.toUpperCase()}</dt>
          <dd className="mono">{door.url || <span className="muted">{t("plug.door_closed")}</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

type Way = "dhcp" | "hand";

/** SetUp shows the way for the model of the phone that waits, or for a chosen one. */
export function SetUp({ model: seen }: { model: string }) {
  const { t } = useTranslation();
  const guide = useGuide();
  const [way, setWay] = usePref<Way>("plug.way", "dhcp");
  const [chosen, setChosen] = useState("");
  return (
    <section className="card set-up" aria-labelledby="set-up">
      <h2 id="set-up">{t("plug.set_up")}</h2>
      <div className="body stack">
        {guide.isPending ? (
          <Loading />
        ) : guide.isError ? (
          <Problem error={guide.error} retry={() => void guide.refetch()} />
        ) : (
          <>
            <Doors guide={guide.data} />
            <Segmented<Way>
              block
              aria-label={t("plug.way")}
              value={way}
              onChange={setWay}
              options={[
                { value: "dhcp", label: t("plug.way_dhcp") },
                { value: "hand", label: t("plug.way_hand") },
              ]}
            />
            {way === "dhcp" ? <DhcpLines /> : <ByHand guide={guide.data} model={chosen || seen} choose={setChosen} />}
          </>
        )}
      </div>
    </section>
  );
}
