// Sending a file as a form, with how far it is: fetch does not tell that.
import { ApiError } from "./client";
import type { Problem, Solid } from "./types";

/** upload posts a form and calls progress with the part that is sent, 0 to 1. */
export function upload<T>(path: string, form: FormData, progress: (part: number) => void): Promise<Solid<T>> {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.responseType = "json";
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onerror = () => fail(new ApiError(0, { title: "network", status: 0 }));
    request.onload = () => {
      const answer: unknown = request.response;
      if (request.status < 300) return done(answer as Solid<T>);
      const problem = answer && typeof answer === "object" && "title" in answer ? (answer as Problem) : undefined;
      fail(new ApiError(request.status, problem ?? { title: request.statusText || String(request.status), status: request.status }));
    };
    request.send(form);
  });
}
