// A table of what the suite found: node report.mjs REQUIREMENTS RESULTS
//
// REQUIREMENTS is the suite's list of a revision (yaml), RESULTS the directory that it wrote. The
// last line is "N passed, N failed" over the scored scenarios: one passes when it ran, every check
// of it succeeded and nothing was warned about.
import fs from 'node:fs';
import path from 'node:path';

const [requirements, results] = process.argv.slice(2);

/** The server's scenarios: [{name, reason}], without a reason the scored ones. */
function scenarios(yaml) {
  const found = [];
  let section = '';

  for (const line of yaml.split('\n')) {
    const item = /^  - (?:scenario: )?(\S+)$/.exec(line)?.[1];
    const [, key, value] = /^    (leg|reason): (\S+)$/.exec(line) ?? [];
    section = /^(\w+):/.exec(line)?.[1] ?? section;
    if (item) found.push({ name: item, leg: section, reason: null });
    else if (key) found.at(-1)[key] = value;
  }
  return found.filter((scenario) => scenario.leg === 'server');
}

/** checks.json of the scenario, or null when it left none. */
function checksOf(name) {
  const form = new RegExp(`^server-${name}-\\d{4}-\\d\\d-\\d\\dT`);
  const folder = fs.readdirSync(results).find((entry) => form.test(entry));
  const file = folder && path.join(results, folder, 'checks.json');

  return file && fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : null;
}

function judge(scenario) {
  const checks = checksOf(scenario.name) ?? [];
  const count = (status) => checks.filter((check) => check.status === status).length;
  const row = { ...scenario, ok: count('SUCCESS'), failed: count('FAILURE'),
    warned: count('WARNING'), skipped: count('SKIPPED') };

  row.passed = row.ok > 0 && row.failed === 0 && row.warned === 0;
  row.findings = checks.filter((c) => c.status === 'FAILURE' || c.status === 'WARNING')
    .map((c) => `${c.status.toLowerCase()} ${c.id}: ${(c.errorMessage ?? c.description).slice(0, 300)}`);
  if (checks.length === 0) row.findings.push('did not run');
  return row;
}

function print(row) {
  const numbers = [row.ok, row.failed, row.warned, row.skipped].map((n) => String(n).padStart(5));
  const verdict = row.passed ? 'passed' : 'FAILED';

  console.log(`  ${row.name.padEnd(47)}${numbers.join(' ')}  ${row.reason ?? verdict}`);
  if (!row.passed && !row.reason) row.findings.forEach((finding) => console.log(`      ${finding}`));
}

const rows = scenarios(fs.readFileSync(requirements, 'utf8')).map(judge);
const scored = rows.filter((row) => !row.reason);
const others = rows.filter((row) => row.reason);

console.log(`  ${'checks'.padEnd(46)}    ok  fail  warn  skip`);
scored.forEach(print);
console.log('  not scored:');
others.forEach(print);
const passed = scored.filter((row) => row.passed).length;
console.log(`${passed} passed, ${scored.length - passed} failed`);
