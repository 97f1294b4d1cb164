// Times as people read them. The API speaks UTC; pages speak the cameras' own zone and say which.

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

// The zone all cameras share; UTC when they differ; this computer's while there are none.
export function commonZone(cameras) {
  const zones = new Set(cameras.map((camera) => camera.time_zone || HERE));
  if (zones.size === 0) return HERE;
  return zones.size === 1 ? [...zones][0] : "UTC";
}

export function zoneOf(cameras, name) {
  const camera = cameras.find((one) => one.name === name);
  return camera?.time_zone || commonZone(cameras);
}

function parts(ms, zone) {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  return Object.fromEntries(
    format.formatToParts(new Date(ms)).map((part) => [part.type, part.value]),
  );
}

function wallClock(ms, zone) {
  const p = parts(ms, zone);
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second);
}

// ISO time → value of a datetime-local input in that zone
export function toInput(iso, zone) {
  if (!iso) return "";
  const p = parts(Date.parse(iso), zone);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}`;
}

// value of a datetime-local input in that zone → ISO time in UTC, or null when empty
export function fromInput(text, zone) {
  if (!text) return null;
  const naive = Date.parse(`${text}Z`);
  if (Number.isNaN(naive)) return null;
  // The second pass settles guesses that fell on the other side of a change of the clocks.
  let ms = naive;
  for (let pass = 0; pass < 2; pass += 1)
    ms = naive - (wallClock(ms, zone) - Math.floor(ms / 1000) * 1000);
  return new Date(ms).toISOString();
}

export function dateTime(iso, zone) {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(new Date(iso));
}

export function clockTime(iso, zone) {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  }).format(new Date(iso));
}

// 75.25 → "1:15.2"; 3700 → "1:01:40"; a place in a video
export function place(seconds) {
  const tenths = Math.floor(Math.max(0, seconds) * 10 + 1e-6);
  const whole = Math.floor(tenths / 10);
  const pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  if (hours) return `${hours}:${pad(minutes)}:${pad(whole % 60)}`;
  return `${minutes}:${pad(whole % 60)}.${tenths % 10}`;
}

// 12.4 → "12.4 s"; 75 → "1 min 15 s"; 3700 → "1 h 2 min"; a length
export function length(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  const rest = whole % 60 ? ` ${whole % 60} s` : "";
  if (whole < 3600) return `${Math.floor(whole / 60)} min${rest}`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

export function timeLeft(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 45) return "less than a minute left";
  return seconds < 3600
    ? `about ${Math.max(1, Math.round(seconds / 60))} min left`
    : `about ${length(seconds)} left`;
}

export { HERE };
