// Starts the program as a newcomer would, waits for the one-time link that it
// prints, and stops it when the tests are over.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const patience = 60_000;

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (address && typeof address === "object" ? done(address.port) : fail(new Error("no port"))));
    });
  });
}

async function environment(): Promise<NodeJS.ProcessEnv> {
  const [admin, http, https, manager] = [await freePort(), await freePort(), await freePort(), await freePort()];
  return {
    ...process.env,
    BELLWETHER_LISTEN_ADMIN: `127.0.0.1:${admin}`,
    BELLWETHER_LISTEN_PROVISION_HTTP: `127.0.0.1:${http}`,
    BELLWETHER_LISTEN_PROVISION_HTTPS: `127.0.0.1:${https}`,
    BELLWETHER_LISTEN_CWMP_HTTPS: `127.0.0.1:${manager}`,
    BELLWETHER_PUBLIC_URL: `http://127.0.0.1:${admin}`,
  };
}

function link(program: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let said = "";
    const timer = setTimeout(() => fail(new Error(`no one-time link in ${patience / 1000} s:\n${said}`)), patience);
    const hear = (bytes: Buffer) => {
      said += bytes.toString();
      const found = /https?:\/\/\S+\/setup\/[A-Za-z0-9_.~-]+/.exec(said);
      if (!found) return;
      clearTimeout(timer);
      done(found[0]);
    };
    program.stdout?.on("data", hear);
    program.stderr?.on("data", hear);
    program.once("error", fail);
    program.once("exit", (code) => fail(new Error(`the program ended with ${code}:\n${said}`)));
  });
}

export default async function start(): Promise<() => Promise<void>> {
  const binary = resolve(process.env.BELLWETHER_BIN ?? "../bin/bellwether");
  const data = mkdtempSync(join(tmpdir(), "bellwether-e2e-"));
  const program = spawn(binary, ["demo", "--data", data, "--phones", "6"], {
    env: await environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const url = await link(program);
  mkdirSync("test-results", { recursive: true });
  writeFileSync("test-results/link.txt", url);
  writeFileSync("test-results/data.txt", data);
  process.env.BELLWETHER_E2E_URL = new URL(url).origin;
  return () =>
    new Promise((done) => {
      program.removeAllListeners("exit");
      program.once("exit", () => {
        rmSync(data, { recursive: true, force: true });
        done();
      });
      program.kill("SIGTERM");
    });
}
