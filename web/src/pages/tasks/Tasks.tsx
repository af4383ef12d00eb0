import { useTranslation } from "react-i18next";
import { tasks } from "../../api/calls";
import { keys } from "../../app/query";
import { useScope } from "../../app/scope";
import { useTo } from "../../app/useTo";
import { Empty } from "../../components/Blank";
import { ListTable } from "../../components/ListTable/ListTable";
import { Page } from "../../components/Page";
import { statesOf } from "../../components/State";
import { taskColumns } from "./columns";

export default function Tasks() {
  const { t } = useTranslation();
  const { org } = useScope();
  const to = useTo();
  const states = statesOf("task").map((value) => ({ value, label: t(`state.task.${value}`) }));
  return (
    <Page title={t("nav.tasks")}>
      <ListTable
        id="tasks"
        label={t("nav.tasks")}
        queryKey={keys.list(org.id, "tasks")}
        fetch={(query) => tasks.list(org.id, query)}
        columns={taskColumns(t, to)}
        rowKey={(task) => task.id}
        filters={[{ name: "state", label: t("task.state"), options: states }]}
        href={(task) => to(`/tasks/${task.id}`)}
        empty={<Empty title={t("task.empty")} text={t("task.empty_text")} />}
      />
    </Page>
  );
}
