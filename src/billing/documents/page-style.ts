import { markup } from './markup.js';

/** How the page of an invoice looks on a screen, large or small, and on paper of A4. Light only, for it is a letter. */
export const pageStyle = markup`<style>
:root { color-scheme: light; --ink: #1c2430; --soft: #56606d; --line: #d9dee5; --accent: #1f4e79; }
* { box-sizing: border-box; }
body { margin: 0; background: #eef1f5; color: var(--ink); font: 14px/1.5 "Noto Sans", "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 210mm; margin: 24px auto; padding: 18mm 16mm; background: #fff; box-shadow: 0 1px 4px rgb(0 0 0 / 15%); overflow-wrap: anywhere; }
header { display: flex; justify-content: space-between; gap: 24px; padding-bottom: 16px; border-bottom: 3px solid var(--accent); }
.seller p, .buyer p { margin: 0; }
.seller .name { font-size: 20px; font-weight: 700; }
.what { text-align: right; max-width: 60%; }
h1 { margin: 0; font-size: 20px; color: var(--accent); }
h2 { margin: 0 0 2px; font-size: 12px; font-weight: 600; text-transform: uppercase; letter-spacing: .04em; color: var(--soft); }
.mark { display: inline-block; margin: 8px 0 0; padding: 1px 12px; border: 2px solid; border-radius: 4px; font-weight: 700; letter-spacing: .08em; }
.good { color: #1b6e3c; }
.bad { color: #a32020; }
.neutral { color: #56606d; }
.top { display: grid; grid-template-columns: 1fr auto; gap: 16px 32px; margin: 24px 0; }
.facts { grid-column: 2; margin: 0; max-width: 380px; }
.facts div { display: flex; justify-content: space-between; gap: 16px; }
dt { color: var(--soft); white-space: nowrap; }
dd { margin: 0; text-align: right; text-wrap: balance; font-weight: 600; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 7px 8px; text-align: left; vertical-align: top; font-weight: 400; }
.lines thead th { background: #f2f5f8; border-bottom: 1px solid var(--line); font-size: 12px; font-weight: 600; color: var(--soft); }
.lines tbody tr { border-bottom: 1px solid var(--line); break-inside: avoid; }
.lines tbody tr:last-child { break-after: avoid; }
.lines tbody th > bdi { font-weight: 600; }
.lines .number { width: 24%; }
small { display: block; font-size: 12px; color: var(--soft); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.totals { width: auto; min-width: 62%; margin: 12px 0 0 auto; break-inside: avoid; break-before: avoid; }
.totals th, .totals td { padding: 4px 8px; }
.totals th { color: var(--soft); }
.whole, .totals th, .totals td { white-space: nowrap; }
.totals tr:last-child > * { border-top: 2px solid var(--accent); font-size: 16px; font-weight: 700; color: var(--ink); }
footer { margin-top: 28px; color: var(--soft); break-inside: avoid; }
footer p { margin: 0 0 6px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@page { size: A4; margin: 16mm; }
@media screen and (max-width: 640px) {
  main { margin: 0; padding: 20px 16px; }
  .top { grid-template-columns: 1fr; }
  .facts { grid-column: 1; max-width: none; }
  .totals { width: 100%; }
  .lines .number { width: auto; }
}
@media print {
  body { background: none; font-size: 12px; }
  main { max-width: none; margin: 0; padding: 0; box-shadow: none; }
  .lines thead { display: table-header-group; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
</style>`;
