// What a phone can be asked to do now and how it would hear of it, and what
// became of everything that it was asked.
import { useMutation } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../api/calls";
import type { Command, CommandOption, Device } from "../../api/types";
import { keys } from "../../app/query";
import { useCan, useScope } from "../../app/scope";
import { Empty, Loading, Problem, useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { ListTable } from "../../components/ListTable/ListTable";
import type { Column } from "../../components/ListTable/types";
import { State, statesOf } from "../../components/State";
import { When } from "../../components/When";
import { spanText } from "../../lib/span";
import { AskCommand } from "./AskCommand";
import { CommandDetail } from "./CommandDetail";
import { FreezeNote } from "./Freezes";
import { useOptions, useStale } from "./useCommands";
import "./commands.css";

/** How tells how a command gets to a phone, or that it cannot. */
function How({ option }: { option: CommandOption }) {
  const { t, i18n } = useTranslation();
  if (!option.channel) {
    return (
      <span className="state idle">
        <Glyph name="slashed" />
        {t("commands.impossible")}
      </span>
    );
  }
  const by = t(`commands.channel.${option.channel}`, { defaultValue: option.channel });
  const within = option.within_seconds;
  return (
    <span className={`state ${option.now ? "ok" : "info"}`}>
      <Glyph name={option.now ? "check" : "clock"} />
      {option.now
        ? t("commands.now", { by })
        : within > 0
          ? t("commands.within", { by, span: spanText(within * 1_000, i18n.language) })
          : t("commands.sometime", { by })}
    </span>
  );
}

interface RowProps {
  option: CommandOption;
  may: boolean;
  ask: (kind: string) => void;
}

function OptionRow({ option, may, ask }: RowProps) {
  const { t } = useTranslation();
  const kind = t(`commands.kind.${option.kind}`, { defaultValue: option.kind });
  return (
    <tr data-kind={option.kind} data-possible={option.channel !== ""}>
      <th scope="row">{kind}</th>
      <td>
        <How option={option} />
      </td>
      <td className="muted">{option.why}</td>
      <td className="ask">
        {option.kind === "deliver_revision" ? (
          <span className="muted">{t("commands.by_push")}</span>
        ) : (
          <Button
            size="small"
            danger={option.kind === "factory_reset"}
            disabled={!may || !option.channel}
            aria-label={t("commands.ask_for", { kind })}
            onClick={() => ask(option.kind)}
          >
            {t("commands.ask")}
          </Button>
        )}
      </td>
    </tr>
  );
}

function Options({ device, ask }: { device: Device; ask: (kind: string) => void }) {
  const { t } = useTranslation();
  const options = useOptions(device);
  const may = useCan("device.command");
  if (options.isPending) return <Loading />;
  if (options.isError) return <Problem error={options.error} retry={() => void options.refetch()} />;
  return (
    <section className="card options">
      <h2>{t("commands.can")}</h2>
      <div className="body">
        {!may && <p className="muted">{t("commands.may_not")}</p>}
        <table className="plain">
          <thead>
            <tr>
              <th scope="col">{t("commands.command")}</th>
              <th scope="col">{t("commands.how")}</th>
              <th scope="col">{t("commands.why")}</th>
              <th scope="col">
                <span className="visually-hidden">{t("commands.ask")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {options.data.items.map((option) => (
              <OptionRow key={option.kind} option={option} may={may} ask={ask} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Asked({ device }: { device: Device }) {
  const { t } = useTranslation();
  const { org } = useScope();
  const { message } = App.useApp();
  const explain = useExplain();
  const stale = useStale(device);
  const may = useCan("device.command");
  const cancel = useMutation({
    mutationFn: (command: Command) => commands.cancel(org.id, device.id, command.id),
    onError: (error) => void message.error(explain(error), 6),
    onSettled: () => void stale(),
  });
  const name = (kind: string) => t(`commands.kind.${kind}`, { defaultValue: kind });
  const columns: Column<Command>[] = [
    {
      key: "state",
      title: t("commands.state"),
      width: 150,
      render: (c) => (
        <span className="row">
          <State kind="command" of={c.state} explain />
          {c.late && <span className="chip info">{t("commands.late")}</span>}
        </span>
      ),
    },
    { key: "kind", title: t("commands.command"), render: (c) => name(c.kind) },
    { key: "reason", title: t("commands.reason"), render: (c) => c.reason || "–" },
    {
      key: "channel",
      title: t("commands.over"),
      render: (c) => (c.channel ? t(`commands.channel.${c.channel}`, { defaultValue: c.channel }) : "–"),
    },
    { key: "author", title: t("commands.author"), render: (c) => c.author || "–" },
    { key: "created", title: t("commands.created"), render: (c) => <When at={c.created_at} /> },
    { key: "ended", title: t("commands.ended"), hidden: true, render: (c) => <When at={c.ended_at} /> },
    { key: "deadline", title: t("commands.deadline"), hidden: true, render: (c) => <When at={c.deadline} /> },
    {
      key: "cancel",
      title: t("commands.take_back"),
      render: (c) =>
        c.state === "queued" && c.kind !== "deliver_revision" ? (
          <Button
            size="small"
            disabled={!may || cancel.isPending}
            aria-label={t("commands.cancel_this", { kind: name(c.kind) })}
            onClick={() => cancel.mutate(c)}
          >
            {t("action.cancel")}
          </Button>
        ) : null,
    },
  ];
  return (
    <ListTable
      id="phone-commands"
      label={t("commands.asked")}
      queryKey={keys.one(org.id, "devices", device.mac, "commands")}
      fetch={(query) => commands.list(org.id, device.id, query)}
      columns={columns}
      rowKey={(c) => c.id}
      filters={[
        {
          name: "state",
          label: t("commands.state"),
          options: statesOf("command").map((value) => ({ value, label: t(`state.command.${value}`) })),
        },
      ]}
      expand={(c) => <CommandDetail command={c} />}
      empty={<Empty title={t("commands.empty")} text={t("commands.empty_text")} />}
    />
  );
}

export function Commands({ device }: { device: Device }) {
  const [asking, setAsking] = useState("");
  return (
    <div className="stack">
      <FreezeNote device={device} />
      <Options device={device} ask={setAsking} />
      <Asked device={device} />
      {asking && <AskCommand device={device} kind={asking} close={() => setAsking("")} />}
    </div>
  );
}
