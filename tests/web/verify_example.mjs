// Checking a webhook's signature: the very lines that docs/api.md shows to receivers.
import { createHmac, timingSafeEqual } from "node:crypto";

/** Whether a call was signed with the secret, over these very bytes (a Buffer), within the last minutes. */
export function isFromHuilu(secret, header, body, tolerance = 300) {
  const parts = Object.fromEntries(header.split(",").map((part) => part.split("=", 2)));
  if (!/^\d+$/.test(parts.t ?? "") || Math.abs(Date.now() / 1000 - Number(parts.t)) > tolerance) return false;
  const expected = createHmac("sha256", secret).update(`${parts.t}.`).update(body).digest();
  const given = Buffer.from(parts.v1 ?? "", "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
