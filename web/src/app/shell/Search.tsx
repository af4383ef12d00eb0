// "/" searches: a MAC in any form, a name, an address, an extension.
import { SearchOutlined } from "@ant-design/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Input, type InputRef } from "antd";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { devices } from "../../api/calls";
import type { Device } from "../../api/types";
import { Mac } from "../../components/Mac";
import { State } from "../../components/State";
import { parseMac } from "../../lib/mac";
import { useHotkeys } from "../hotkeys";
import { keys } from "../query";
import { useScope } from "../scope";
import { useTo } from "../useTo";

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), 160);
    return () => window.clearTimeout(timer);
  }, [text]);
  return settled;
}

function useMatches(text: string, open: boolean) {
  const { org } = useScope();
  const q = useSettled(parseMac(text) ?? text.trim());
  return useQuery({
    queryKey: keys.list(org.id, "devices", "search", q),
    queryFn: () => devices.list(org.id, { q, limit: 8 }),
    enabled: open && q.length > 0,
    placeholderData: keepPreviousData,
  });
}

function Match({ device }: { device: Device }) {
  const line = device.lines?.[0];
  return (
    <>
      <Mac mac={device.mac} />
      <span className="clip">
        {device.name || <span className="muted">{device.model}</span>}
        {line && <span className="muted"> · {line.user_id}</span>}
        {device.address && <span className="muted"> · {device.address}</span>}
      </span>
      <State kind="reach" of={device.reach} />
    </>
  );
}

export function Search() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const to = useTo();
  const list = useId();
  const input = useRef<InputRef>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const matches = useMatches(text, open);
  const found = matches.data?.items ?? [];
  const shown = open && text.trim() !== "" && !!matches.data;
  useHotkeys({ "/": () => input.current?.focus({ cursor: "all" }) });

  const go = (index: number) => {
    const device = found[index];
    setOpen(false);
    input.current?.blur();
    const q = encodeURIComponent(parseMac(text) ?? text.trim());
    void navigate(to(device ? `/phones/${device.mac}` : `/phones?q=${q}`));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[event.key];
    if (step) {
      event.preventDefault();
      setAt((now) => Math.max(0, Math.min(found.length, now + step)));
    }
    if (event.key === "Enter" && text.trim() !== "") go(at);
    if (event.key === "Escape") input.current?.blur();
  };
  return (
    <div className="search" role="search">
      <Input
        ref={input}
        value={text}
        prefix={<SearchOutlined />}
        suffix={<kbd aria-hidden="true">/</kbd>}
        placeholder={t("search.placeholder")}
        aria-label={t("search.label")}
        role="combobox"
        aria-expanded={shown}
        aria-controls={shown ? list : undefined}
        aria-autocomplete="list"
        aria-activedescendant={shown ? `${list}-${at}` : undefined}
        onFocus={() => setOpen(true)}
        onBlur={() => window.setTimeout(() => setOpen(false), 120)}
        onChange={(e) => {
          setText(e.target.value);
          setAt(0);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
      />
      {shown && (
        <ul className="search-list" id={list} role="listbox" aria-label={t("search.results")}>
          {found.map((device, i) => (
            <li
              key={device.id}
              id={`${list}-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseDown={(e) => e.preventDefault()}
              onClick={() => go(i)}
            >
              <Match device={device} />
            </li>
          ))}
          <li
            id={`${list}-${found.length}`}
            role="option"
            aria-selected={at >= found.length}
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => go(found.length)}
          >
            <span className="muted">
              {found.length ? t("search.all", { count: matches.data?.total ?? 0 }) : t("search.none")}
            </span>
          </li>
        </ul>
      )}
    </div>
  );
}
