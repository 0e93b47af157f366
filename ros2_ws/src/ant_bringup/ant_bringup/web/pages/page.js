// Polls the robot's state ten times a second. Requests do not queue up in a slow or hidden page.

const PERIOD = 100; // ms between two requests
const BUSY = 2000; // ms without an answer until the page says so
const TIMEOUT = 20000; // ms until an answer counts as lost
const HISTORY = 20; // s of height

const token = location.hash.slice(1);
const element = (id) => document.getElementById(id);
const say = (id, text) => {
  if (element(id).textContent !== text) element(id).textContent = text;
};
const number = (value, digits, unit = "") => (value === null ? "–" : `${value.toFixed(digits)}${unit && ` ${unit}`}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const ACTIONS = ["e_stop", "release", "activate", "pause", "resume", "step", "reset"];
const NEEDS_TOKEN = "needs the token: open the address that was printed at the start, with all that follows the #";

function reasonAgainst(action, status) {
  if (action === "e_stop") return "";
  if (!token) return NEEDS_TOKEN;
  if (status.unavailable[action]) return status.unavailable[action];
  if (action === "release" && status.e_stopped === false) return "the robot is not stopped";
  if (action === "activate" && status.e_stopped) return "release the e-stop first";
  if (action === "activate" && status.lifecycle === "active") return "the policy is active";
  if (action === "pause" && status.paused) return "it is paused";
  if (action === "resume" && status.paused === false) return "it is not paused";
  if (action === "step" && !status.paused) return "pause it first";
  return "";
}

async function act(action) {
  say("said", `${action} …`);
  try {
    const headers = { "X-Ant-Token": token };
    const response = await fetch(`/do/${action}`, { method: "POST", headers, signal: AbortSignal.timeout(5000) });
    const { text } = await response.json();
    say("said", `${action}: ${response.ok ? "" : "not done: "}${text}`);
  } catch {
    say("said", `${action}: NOT SENT: the server does not answer`);
  }
}

const rows = new Map();

function effortRow(joint) {
  if (!rows.has(joint)) {
    const row = element("efforts").insertRow();
    row.insertCell().textContent = joint;
    const bar = row.insertCell();
    bar.className = "bar";
    const track = bar.appendChild(document.createElement("div"));
    track.className = "track";
    const fill = track.appendChild(document.createElement("div"));
    const value = row.insertCell();
    value.className = "number";
    rows.set(joint, { row, fill, value });
  }
  return rows.get(joint);
}

function showEfforts(efforts) {
  for (const { joint, effort, limit, unit } of efforts) {
    const { row, fill, value } = effortRow(joint);
    row.title = limit === null ? "its effort limit is not known" : `from −${limit} to ${limit} ${unit}`;
    value.textContent = number(effort, limit !== null && limit < 100 ? 1 : 0, unit);
    const width = effort === null || !limit ? 0 : 50 * Math.min(Math.abs(effort) / limit, 1);
    fill.className = `fill ${effort < 0 ? "negative" : "positive"}`;
    fill.style.left = `${effort < 0 ? 50 - width : 50}%`;
    fill.style.width = `${width}%`;
  }
  const present = new Set(efforts.map(({ joint }) => joint));
  for (const [joint, { row }] of rows) {
    if (!present.has(joint)) {
      row.remove();
      rows.delete(joint);
    }
  }
}

let heights = [];

function showHistory(height) {
  const now = performance.now() / 1000;
  heights = heights.filter(({ time }) => time > now - HISTORY);
  if (height !== null) heights.push({ time: now, height });
  const top = Math.max(1, Math.ceil(Math.max(...heights.map((point) => point.height), 0)));
  const x = ({ time }) => (200 * (time - now + HISTORY)) / HISTORY;
  const y = ({ height }) => 50 - (49 * Math.max(height, 0)) / top;
  const points = heights.map((point) => `${x(point).toFixed(1)},${y(point).toFixed(1)}`);
  document.querySelector("polyline").setAttribute("points", points.join(" "));
  say("history_top", `${top} m`);
}

function show(status) {
  say("overlay", status.disconnected);
  for (const row of document.querySelectorAll(".of_jump")) row.hidden = status.task !== "jump";
  say("height", number(status.height, 2, "m"));
  say("real_time_factor", number(status.real_time_factor, 2, "×"));
  say("episode", number(status.episode, 0));
  say("return", number(status.return, 1));
  say("state", status.state ?? "–");
  say("driver", status.driver);
  say("policy", status.policy);
  const notes = status.viewer ? status.notes : ["MuJoCo's viewer is not available: numbers and buttons only", ...status.notes];
  say("notes", notes.join("; "));
  showEfforts(status.efforts);
  showHistory(status.height);
  for (const action of ACTIONS) {
    const reason = reasonAgainst(action, status);
    element(action).disabled = reason !== "";
    element(action).title = reason;
  }
  // Loaded when the server is reachable, and again after it was lost.
  if (status.viewer && !element("viewer").src) element("viewer").src = "/index.html";
}

function showLost() {
  say("overlay", "server lost: trying to reach it again");
  element("viewer").removeAttribute("src");
  for (const action of ACTIONS) element(action).disabled = action !== "e_stop";
  for (const id of ["height", "real_time_factor", "episode", "return", "state", "driver", "policy"]) say(id, "–");
  showEfforts([]);
}

for (const action of ACTIONS) element(action).addEventListener("click", () => act(action));
if (!token) say("said", `Without the token this page can stop the robot, and nothing else. The rest ${NEEDS_TOKEN}.`);
addEventListener("hashchange", () => location.reload());

for (;;) {
  const busy = setTimeout(() => say("overlay", "waiting: the machine is busy"), BUSY);
  try {
    const response = await fetch("/status", { signal: AbortSignal.timeout(TIMEOUT) });
    if (!response.ok) throw new Error(response.statusText);
    show(await response.json());
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) console.error(error);
    showLost();
    await pause(1000);
  } finally {
    clearTimeout(busy);
  }
  await pause(PERIOD);
}
