// Figures of several runs: the table on the screen and target/bench/NAME.json, in the form of pair-server/benches/report. Knows no benchmark.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../tests/support/processes.mjs";

/** The value below which a share of the values lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.round((sorted.length - 1) * share)] ?? NaN;
}

/** One figure over all runs. */
export function figure(name, unit, runs) {
  return { name, unit, figure: percentile(runs, 0.5), least: Math.min(...runs), most: Math.max(...runs), runs };
}

/** That a figure is at most so many times another one of the same runs. */
export function atMost(times, one, other) {
  const ratio = one.figure / other.figure;
  return { name: `${one.name} beside ${other.name}`, figure: ratio, goal: times, met: ratio <= times };
}

/** Prints the figures and writes them down; `circumstances` is what else a reader must know. */
export function report(name, figures, goals, circumstances) {
  console.log(`\n${name}: median of ${figures[0].runs.length} runs (least to most)`);
  for (const { name: what, unit, figure: median, least, most } of figures) {
    console.log(`  ${what.padEnd(66)} ${median.toFixed(1).padStart(9)} ${unit.padEnd(6)} (${least.toFixed(1)} to ${most.toFixed(1)})`);
  }
  for (const { name: what, figure: ratio, goal, met } of goals) {
    console.log(`  ${met ? "met   " : "MISSED"} ${what}: ${ratio.toFixed(2)} times, goal at most ${goal}`);
  }
  const folder = join(REPOSITORY, "target/bench");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ name, circumstances, figures, goals }, null, 2)}\n`);
  console.log(`  written to target/bench/${name}.json`);
}
