// A form with a file: how far it is, and what the server says of it.
import { InboxOutlined } from "@ant-design/icons";
import { useMutation } from "@tanstack/react-query";
import { Form, Modal, Progress } from "antd";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useExplain } from "../../components/Blank";
import { Glyph } from "../../components/Glyph";
import { sizeText } from "../../lib/size";

interface PickProps {
  accept?: string;
  id?: string;
  value?: File;
  onChange?: (file: File | undefined) => void;
}

/** PickFile takes one file by drag or by choice. It gets value and onChange from a form. */
export function PickFile({ accept, id, value, onChange }: PickProps) {
  const { t, i18n } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <div
      className={over ? "pick over" : "pick"}
      onDragOver={(e) => (e.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        onChange?.(e.dataTransfer.files[0]);
      }}
    >
      <input ref={picker} type="file" style={{ display: "none" }} accept={accept} aria-label={t("file.choose")} onChange={(e) => onChange?.(e.target.files?.[0])} />
      <button type="button" id={id} onClick={() => picker.current?.click()}>
        <InboxOutlined />
        {value ? (
          <span>
            <strong>{value.name}</strong> <span className="muted">{sizeText(value.size, i18n.language)}</span>
          </span>
        ) : (
          <span>{t("file.drop")}</span>
        )}
      </button>
    </div>
  );
}

interface Props<V, R> {
  title: string;
  ok: string;
  initial?: Partial<V>;
  send: (values: V, progress: (part: number) => void) => Promise<R>;
  done: (result: R) => void;
  close: () => void;
  children: ReactNode;
}

/** Uploading is mounted while it is open. */
export function Uploading<V extends object, R>({ title, ok, initial, send, done, close, children }: Props<V, R>) {
  const { t } = useTranslation();
  const explain = useExplain();
  const [form] = Form.useForm<V>();
  const [part, setPart] = useState(0);
  const run = useMutation({
    mutationFn: (values: V) => send(values, setPart),
    onSuccess: (result) => {
      done(result);
      close();
    },
  });
  return (
    <Modal
      open
      title={title}
      okText={ok}
      cancelText={t("action.cancel")}
      confirmLoading={run.isPending}
      onOk={() => form.submit()}
      onCancel={close}
      width={520}
    >
      <Form<V>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={initial}
        onFinish={(values) => run.mutate(values)}
        style={{ marginBlockStart: 14 }}
      >
        {run.isError && (
          <div className="note bad" role="alert" style={{ marginBlockEnd: 14 }}>
            <Glyph name="cross" />
            {explain(run.error)}
          </div>
        )}
        {children}
        {run.isPending && <Progress percent={Math.round(part * 100)} aria-label={t("file.sent")} />}
      </Form>
    </Modal>
  );
}
