// A dialog with a form that creates or changes one thing.
import { useMutation } from "@tanstack/react-query";
import { Form, Modal } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/client";
import { useExplain } from "./Blank";
import { Glyph } from "./Glyph";

interface Props<V, R> {
  title: string;
  ok: string;
  initial?: Partial<V>;
  submit: (values: V) => Promise<R>;
  done: (result: R) => void;
  close: () => void;
  width?: number;
  danger?: boolean;
  /** wait keeps the form from being sent while what is to be read first is on its way. */
  wait?: boolean;
  /** refused shows what may be done about a refusal, below its text. */
  refused?: (error: unknown, done: (result: R) => void) => ReactNode;
  children: ReactNode;
}

/** FormModal is mounted while it is open; the server's field errors land on the fields. */
export function FormModal<V extends object, R>({ title, ok, initial, submit, done, close, width, danger, wait, refused, children }: Props<V, R>) {
  const { t } = useTranslation();
  const explain = useExplain();
  const [form] = Form.useForm<V>();
  const finish = (result: R) => {
    done(result);
    close();
  };
  const run = useMutation({
    mutationFn: submit,
    onSuccess: (result) => finish(result),
    onError: (error) => {
      if (!(error instanceof ApiError)) return;
      for (const one of error.problem.errors ?? []) {
        const name = (one.location ?? "").replace(/^body\.?/, "");
        if (name && form.getFieldInstance(name as never)) {
          form.setFields([{ name: name as never, errors: [one.message ?? ""] }]);
        }
      }
    },
  });
  return (
    <Modal
      open
      title={title}
      okText={ok}
      cancelText={t("action.cancel")}
      confirmLoading={run.isPending}
      okButtonProps={{ danger, disabled: wait }}
      onOk={() => form.submit()}
      onCancel={close}
      width={width ?? 460}
    >
      <Form<V>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={initial}
        onFinish={(values) => {
          if (!wait) run.mutate(values);
        }}
        style={{ marginBlockStart: 14 }}
      >
        {run.isError && (
          <div className="note bad" role="alert" style={{ marginBlockEnd: 14 }}>
            <Glyph name="cross" />
            <div className="stack">
              {explain(run.error)}
              {refused?.(run.error, finish)}
            </div>
          </div>
        )}
        {children}
        <button type="submit" hidden />
      </Form>
    </Modal>
  );
}
