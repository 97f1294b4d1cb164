// The one way to /api/v1. Every failure becomes an ApiError whose message can be shown as it is.

const BASE = "/api/v1";

export class ApiError extends Error {
  constructor(status, code, message, body) {
    super(message);
    this.status = status; // 0: no answer at all
    this.code = code;
    this.body = body;
  }

  get offline() {
    return this.status === 0;
  }
  get conflict() {
    return this.status === 409;
  }
}

async function failure(response) {
  const body = await response.json().catch(() => null);
  const error = body?.error;
  const message =
    error?.message ??
    `The server answered with an error (${response.status}). Try again; if it stays, see its log.`;
  return new ApiError(response.status, error?.code ?? "unknown", message, body);
}

// options: query (object; arrays repeat the name), json (sent as JSON), body (sent as it is), signal
export async function call(method, path, { query, json, body, signal } = {}) {
  const url = new URL(BASE + path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of [value].flat())
      if (one !== null && one !== undefined) url.searchParams.append(name, one);
  }
  const headers = {};
  if (json !== undefined) headers["Content-Type"] = "application/json";
  else if (body) headers["Content-Type"] = body.type || "application/octet-stream";
  let response;
  try {
    response = await fetch(url, {
      method,
      headers,
      signal,
      credentials: "same-origin",
      body: json !== undefined ? JSON.stringify(json) : body,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(
      0,
      "offline",
      "Retrace does not answer. Check that it is still running, then try again.",
    );
  }
  if (!response.ok) throw await failure(response);
  if (response.status === 204) return null;
  return response.json();
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, json, options) => call("POST", path, { json: json ?? {}, ...options });
export const patch = (path, json, options) => call("PATCH", path, { json, ...options });
export const put = (path, json, options) => call("PUT", path, { json, ...options });
export const remove = (path, options) => call("DELETE", path, options);
