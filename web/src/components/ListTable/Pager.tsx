import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { Button, Select } from "antd";
import { useTranslation } from "react-i18next";
import type { Page } from "../../api/types";
import { type ListState, pageSizes } from "./useListState";

interface Props {
  state: ListState;
  page: Page<unknown> | undefined;
}

/** Pager says how many there are and walks through the pages. */
export function Pager({ state, page }: Props) {
  const { t } = useTranslation();
  const total = page?.total ?? 0;
  const first = state.page * state.size + 1;
  const last = first + (page?.items.length ?? 0) - 1;
  const words = page?.total_exact === false ? "list.total_about" : "list.total";
  return (
    <div className="list-pager">
      <span aria-live="polite" data-total={total}>
        {page ? t(words, { count: total }) : " "}
      </span>
      {page && last >= first && <span className="muted">{t("list.range", { first, last })}</span>}
      <div className="row end">
        <Select
          aria-label={t("list.page_size")}
          size="small"
          value={state.size}
          options={pageSizes.map((value) => ({ value, label: t("list.per_page", { count: value }) }))}
          onChange={state.setSize}
          popupMatchSelectWidth={false}
        />
        <Button
          size="small"
          icon={<LeftOutlined />}
          aria-label={t("list.previous")}
          disabled={state.page === 0}
          onClick={state.previous}
        />
        <Button
          size="small"
          icon={<RightOutlined />}
          aria-label={t("list.next")}
          disabled={!page?.next_cursor}
          onClick={() => page && state.next(page.next_cursor)}
        />
      </div>
    </div>
  );
}
