// The frame of every page: title, lead, actions.
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  heading?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  narrow?: boolean;
  children: ReactNode;
}

/** Page names the document and lays out a page under one heading. */
export function Page({ title, heading, lead, actions, narrow, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Bellwether`;
  }, [title]);
  return (
    <div className={narrow ? "page narrow" : "page"}>
      <header className="page-head">
        {heading ?? <h1>{title}</h1>}
        {actions && <div className="actions">{actions}</div>}
        {lead && <p className="lead">{lead}</p>}
      </header>
      {children}
    </div>
  );
}
