/**
 * The code of each kind of step. A step with one producer stands inline where its record is made; a
 * merge becomes a function. Names: `fN` the user's function of step N, `cN` its context, `xN` its
 * failure, `gN` its guard, `TN` its table, `KN` its key cell; `C` the task's control, `S` the time.
 */
import { unreachable } from "../base/assert.ts";
import { OUTPUTS_PER_CHECK } from "../model/limits.ts";
import type { StepSpec } from "../model/pipeline.ts";
import { COLLECT_KEY } from "./entry.ts";
import type { CodeScope } from "./fuse-scope.ts";
import { findCode } from "./fuse-state.ts";
import { seenBy } from "./guard.ts";
import type { StepRuntime } from "./step-runtime.ts";

/** Binds a step's user function, its context and its failure. */
export function bindUser(
  scope: CodeScope,
  runtime: StepRuntime,
  fn: unknown,
  prefix = "f",
  suffix = "",
): void {
  const { id } = runtime.step;
  scope.bind(`${prefix}${id}${suffix}`, fn);
  scope.bind(`c${id}`, runtime.context);
  scope.bind(`x${id}`, runtime.fail);
}

/** Hands `record` to everything that takes an output. */
export function emitCode(
  scope: CodeScope,
  runtime: StepRuntime,
  output: number,
  record: string,
  key?: string,
): string {
  const { id } = runtime.step;
  const { kind } = runtime.step.spec;
  const count = kind === "connectKeyBy" || (output === 0 && kind !== "branch");
  const targets = scope.chain.targets(id, output);
  const parts = targets.map((target) => takeCode(scope, target.step, target.input, record, key));
  scope.chain.exits(id, output).forEach((exit, i) => {
    const name = `E${id}_${output}_${i}`;
    scope.bind(name, exit);
    parts.push(`${name}.push(${record}, S.time, ${key ?? '""'});`);
  });
  return (count ? scope.count(id, "out") : "") + parts.join("\n");
}

/** The code of a step's input: inline when it has one producer, else a call. */
export function takeCode(
  scope: CodeScope,
  id: number,
  input: number,
  record: string,
  key: string | undefined,
): string {
  const runtime = scope.chain.step(id);
  const { spec, inputs } = runtime.step;
  if (spec.kind !== "merge" || inputs.length < 2)
    return inlineCode(scope, runtime, input, record, key);
  const name = `s${id}`;
  if (!scope.functions.has(name)) {
    scope.functions.set(name, "");
    const { numbered } = scope;
    scope.numbered = undefined; // It is called from several places.
    scope.functions.set(
      name,
      `function ${name}(r) { ${inlineCode(scope, runtime, input, "r", key)} }`,
    );
    scope.numbered = numbered;
  }
  return `${name}(${record});`;
}

function inlineCode(
  scope: CodeScope,
  runtime: StepRuntime,
  input: number,
  record: string,
  key: string | undefined,
): string {
  const { spec, id } = runtime.step;
  const count = scope.count(id, "in");
  switch (spec.kind) {
    case "source":
      return "";
    case "map": {
      const v = scope.fresh("v");
      return `${count}${callCode(scope, runtime, spec.fn, v, record)}
        if (${v} !== undefined) { ${emitCode(scope, runtime, 0, v)} }`;
    }
    case "filter":
    case "inspect": {
      const v = scope.fresh("v");
      const fn = spec.kind === "inspect" ? seenBy(spec.fn) : spec.fn;
      return `${count}${callCode(scope, runtime, fn, v, record)}
        if (${v}) { ${emitCode(scope, runtime, 0, record)} }`;
    }
    case "branch":
      return count + branchCode(scope, runtime, spec.branches, record);
    case "merge":
    case "forward":
    case "rebalance":
      return count + emitCode(scope, runtime, 0, record);
    case "keyBy":
    case "collect":
    case "connectKeyBy":
    case "mapWithState":
    case "connect":
    case "broadcast":
      return count + keyedCode(scope, runtime, spec, input, record, key);
    case "flatMap":
      return count + flatMapCode(scope, runtime, spec, record);
    case "flatMapWithState":
      scope.bind(`e${id}`, runtime.expander);
      return `${count}e${id}.push(${record}, S.time, ${key});`;
    case "aggregate":
      scope.bind(`a${id}`, runtime.aggregate);
      return `${count}a${id}.push(${record}, S.time, ${key});`;
    case "asyncMap":
      scope.bind(`y${id}`, runtime.asyncMap);
      return `${count}y${id}.push(${record}, S.time);`;
    case "sink":
    case "sinkEach":
      scope.bind(`w${id}`, runtime.sink);
      return `${count}w${id}.push(${record}, S.time);`;
    default:
      return unreachable(spec);
  }
}

type KeyedSpec = Extract<
  StepSpec,
  { kind: "keyBy" | "collect" | "connectKeyBy" | "mapWithState" | "connect" | "broadcast" }
>;

/** Steps that find a key, or the state of one. */
function keyedCode(
  scope: CodeScope,
  runtime: StepRuntime,
  spec: KeyedSpec,
  input: number,
  record: string,
  key: string | undefined,
): string {
  const { id } = runtime.step;
  switch (spec.kind) {
    case "broadcast": {
      const fn = input === 0 ? spec.fn : spec.update;
      bindUser(scope, runtime, fn, "f", `_${input}`);
      const outputs = input === 0 ? [0] : [];
      const only = JSON.stringify(COLLECT_KEY);
      return statefulCode(scope, runtime, `f${id}_${input}`, record, only, outputs);
    }
    case "keyBy":
      bindUser(scope, runtime, spec.fn);
      return keyCode(scope, runtime, `f${id}(${record}, c${id})`, 0, record);
    case "collect":
      bindUser(scope, runtime, undefined);
      return keyCode(scope, runtime, JSON.stringify(COLLECT_KEY), 0, record);
    case "connectKeyBy":
      bindUser(scope, runtime, spec.keys[input]!.fn, "f", `_${input}`);
      return keyCode(scope, runtime, `f${id}_${input}(${record}, c${id})`, input, record);
    case "mapWithState":
      bindUser(scope, runtime, spec.fn);
      return statefulCode(scope, runtime, `f${id}`, record, key!, [0]);
    case "connect":
      bindUser(scope, runtime, spec.inputs[input]!.fn, "f", `_${input}`);
      return statefulCode(
        scope,
        runtime,
        `f${id}_${input}`,
        record,
        key!,
        [0, input + 1],
        JSON.stringify(spec.inputs[input]!.name),
      );
    default:
      return unreachable(spec);
  }
}

/** `let v = f(record, ctx)`, guarded where the step's calls may fail or put values aside. */
function callCode(
  scope: CodeScope,
  runtime: StepRuntime,
  fn: unknown,
  v: string,
  record: string,
): string {
  const { id } = runtime.step;
  bindUser(scope, runtime, fn);
  if (bindGuard(scope, runtime)) return `const ${v} = g${id}.call(f${id}, ${record});`;
  return `let ${v};
    try { ${v} = f${id}(${record}, c${id}); } catch (e) { x${id}(${record}, e); }`;
}

function bindGuard(scope: CodeScope, runtime: StepRuntime): boolean {
  if (runtime.guard === undefined) return false;
  scope.bind(`g${runtime.step.id}`, runtime.guard);
  return true;
}

function branchCode(
  scope: CodeScope,
  runtime: StepRuntime,
  branches: readonly { readonly fn: unknown }[],
  record: string,
): string {
  const { id } = runtime.step;
  const tests = branches.map(({ fn }, i) => {
    const taken = `{ ${scope.count(id, "out")}${emitCode(scope, runtime, i, record)} }`;
    if (fn === undefined) return taken;
    bindUser(scope, runtime, fn, "f", `_${i}`);
    return `if (b${id}(f${id}_${i}, ${record})) ${taken}`;
  });
  scope.bind(`b${id}`, (fn: (r: unknown, ctx: unknown) => boolean, r: unknown): boolean => {
    try {
      return fn(r, runtime.context);
    } catch (cause) {
      return runtime.fail(r, cause);
    }
  });
  return tests.join(" else ");
}

function keyCode(
  scope: CodeScope,
  runtime: StepRuntime,
  call: string,
  output: number,
  record: string,
): string {
  const { id } = runtime.step;
  const k = scope.fresh("k");
  scope.bind(`K${id}`, runtime.keyCell);
  return `let ${k};
    try { ${k} = ${call}; } catch (e) { x${id}(${record}, e); }
    K${id}.key = ${k};
    ${emitCode(scope, runtime, output, record, k)}`;
}

function statefulCode(
  scope: CodeScope,
  runtime: StepRuntime,
  fn: string,
  record: string,
  key: string,
  outputs: readonly number[],
  from = "undefined",
): string {
  const { id } = runtime.step;
  const v = scope.fresh("v");
  const isGuarded = bindGuard(scope, runtime);
  const find = isGuarded ? "" : findCode(scope, runtime, key);
  const emits = outputs.map((output) => emitCode(scope, runtime, output, v)).join("\n");
  if (isGuarded) {
    return `const ${v} = g${id}.callWithState(${fn}, ${record}, ${key}, ${from});
      if (${v} !== undefined) { ${emits} }`;
  }
  return `let ${v};
    try {
      ${find}
      const s = n.value;
      ${v} = ${fn}(${record}, s, c${id});
      if (${v} === s) ${v} = copyPlain(s);
    } catch (e) { x${id}(${record}, e); }
    if (${v} !== undefined) { ${emits} }`;
}

/** Short arrays are emitted here; anything else, or an array cut short, is the expander's. */
function flatMapCode(
  scope: CodeScope,
  runtime: StepRuntime,
  spec: { readonly fn: unknown; readonly maxOutputs: number },
  record: string,
): string {
  const { id } = runtime.step;
  if (runtime.guard !== undefined) {
    scope.bind(`e${id}`, runtime.expander);
    return `e${id}.push(${record}, S.time);`;
  }
  bindUser(scope, runtime, spec.fn);
  scope.bind(`e${id}`, runtime.expander);
  const v = scope.fresh("v");
  return `if (e${id}.isIdle) {
      let ${v};
      try { ${v} = f${id}(${record}, c${id}); } catch (e) { x${id}(${record}, e); }
      if (Array.isArray(${v}) && ${v}.length <= ${Math.min(OUTPUTS_PER_CHECK, spec.maxOutputs)}) {
        for (let j = 0; j < ${v}.length; ) {
          o${id}(${v}[j++]);
          if (C.stop && j < ${v}.length) { e${id}.takeOver(${v}, j, ${record}); break; }
        }
      } else e${id}.expand(${v}, ${record}, S.time);
    } else e${id}.push(${record}, S.time);`;
}
