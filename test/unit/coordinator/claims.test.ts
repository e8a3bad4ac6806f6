/** Names that readers on several workers claim, by way of real workers and a real coordinator. */
import { expect, test } from "bun:test";
import { ControlCluster } from "../../support/control-cluster.ts";

/** What a reader of a part hears, and how it claims. */
function reader(part: ControlCluster["live"][number]) {
  const claims = part.settings.claims!.of("in", part.settings.self === 0);
  const heard: string[] = [];
  claims.use({
    answered: (name, answer) => {
      const more =
        answer.type === "granted" ? answer.left : answer.type === "taken" ? answer.by : "";
      heard.push(`${name} ${answer.type} ${more}`.trim());
    },
    freed: (name) => void heard.push(`${name} free`),
  });
  return { claims, heard };
}

async function running(count: number) {
  const cluster = await ControlCluster.start();
  for (let i = 1; i <= count; i++) cluster.worker(`w-${i}`);
  const joined = (): boolean => cluster.coordinator.view.workers().length === count;
  await cluster.until(joined, "all workers joined");
  await cluster.deploy();
  await cluster.running(count);
  return cluster;
}

/** By the names of their workers. */
function readers(cluster: ControlCluster) {
  const sorted = cluster.live.toSorted((a, b) => a.settings.self - b.settings.self);
  return sorted.map((part) => reader(part));
}

test("a name is granted to one worker, and to the next with what that one left", async () => {
  const cluster = await running(2);
  const [one, two] = readers(cluster);
  one!.claims.claim("7", undefined);
  await cluster.pass(100);
  two!.claims.claim("7", undefined);
  await cluster.pass(100);
  expect([one!.heard, two!.heard]).toEqual([["7 granted"], ["7 taken w-1"]]);
  one!.claims.giveUp("7", "120");
  await cluster.pass(100);
  two!.claims.claim("7", undefined);
  await cluster.pass(100);
  expect(two!.heard).toEqual(["7 taken w-1", "7 free", "7 granted 120"]);
});

test("a generation begins with nothing claimed, and one that is over claims nothing", async () => {
  const cluster = await running(2);
  const [old, dying] = readers(cluster);
  dying!.claims.claim("7", undefined);
  old!.claims.claim("8", undefined);
  await cluster.pass(100);
  expect([dying!.heard, old!.heard]).toEqual([["7 granted"], ["8 granted"]]);
  await cluster.workers.get("w-2")!.stop();
  await cluster.running(1);
  const [next] = readers(cluster);
  // Its part is over: nothing of it is heard of any more.
  old!.claims.giveUp("8", "999");
  old!.claims.claim("7", undefined);
  await cluster.pass(100);
  next!.claims.claim("7", undefined);
  next!.claims.claim("8", undefined);
  await cluster.pass(100);
  expect([next!.heard, old!.heard]).toEqual([["7 granted", "8 granted"], ["8 granted"]]);
});

test("a coordinator that begins anew knows of no claims, nor does anybody need them", async () => {
  const cluster = await running(2);
  const [one] = readers(cluster);
  one!.claims.claim("7", undefined);
  await cluster.pass(100);
  cluster.coordinator.close();
  await cluster.startCoordinator();
  await cluster.until(() => cluster.parts.length === 4, "both have parts of a new generation");
  await cluster.running(2);
  const [, two] = readers(cluster);
  two!.claims.claim("7", undefined);
  await cluster.pass(100);
  expect(two!.heard).toEqual(["7 granted"]);
});

test("a worker that leaves knows where the others listen", async () => {
  const cluster = await running(2);
  const [one, two] = readers(cluster);
  one!.claims.listens([{ host: "0.0.0.0", port: 7101 }]);
  two!.claims.listens([{ host: "10.0.0.2", port: 7102 }]);
  await cluster.pass(100);
  expect(one!.claims.elsewhere()).toEqual([]);
  await cluster.workers.get("w-1")!.stop();
  expect(one!.claims.elsewhere()).toEqual([{ host: "10.0.0.2", port: 7102 }]);
  expect(two!.claims.elsewhere()).toEqual([]);
});
