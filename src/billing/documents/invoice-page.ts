import type { DocumentLine, DocumentParty, InvoiceDocument, Labelled, Mark } from './invoice-document.js';
import { markup, type Markup } from './markup.js';
import { pageStyle } from './page-style.js';

/** One page of HTML that needs nothing beside itself: the service's Content-Security-Policy lets styles be inline, and nothing else is here. */
export function pageOf(document: InvoiceDocument): string {
  const { title, mark, facts, seller, buyer, currency, lines, totals, notes } = document;
  const whose = seller === null ? title : `${title} · ${seller.name}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${whose}</title>
${pageStyle}
</head>
<body>
<main>
<header>
<section class="seller">${sellerOf(seller)}</section>
<div class="what">
<h1>${title}</h1>${markOf(mark)}
</div>
</header>
<section class="top">${buyerOf(buyer)}
<dl class="facts">
${facts.map(factOf)}
</dl>
</section>
${tableOf(lines, currency)}
<table class="totals">
<caption class="unseen">Totals</caption>
<tbody>
${totals.map(totalOf)}
</tbody>
</table>
<footer>
${notes.map((note) => markup`<p><bdi>${note}</bdi></p>`)}
</footer>
</main>
</body>
</html>
`.text;
}

function markOf(mark: Mark | null): Markup {
  return mark === null ? markup`` : markup`\n<p class="mark ${mark.tone}">${mark.text}</p>`;
}

function sellerOf(party: DocumentParty | null): Markup {
  if (party === null) return markup``;
  return markup`
<p class="name"><bdi>${party.name}</bdi></p>
<p><small>${detailsOf(party)}</small></p>
`;
}

function buyerOf(party: DocumentParty | null): Markup {
  if (party === null) return markup``;
  return markup`
<section class="buyer">
<h2>Bill to</h2>
<p><strong><bdi>${party.name}</bdi></strong></p>
<p>${detailsOf(party)}</p>
</section>`;
}

function detailsOf({ details }: DocumentParty): Markup {
  return markup`${details.map((text, index) => (index === 0 ? markup`<bdi>${text}</bdi>` : markup`<br><bdi>${text}</bdi>`))}`;
}

function factOf({ label, value }: Labelled): Markup {
  return markup`<div><dt>${label}</dt><dd><bdi>${value}</bdi></dd></div>`;
}

function tableOf(lines: readonly DocumentLine[], currency: string): Markup {
  return markup`<table class="lines">
<caption class="unseen">Lines</caption>
<thead>
<tr>
<th scope="col">Description</th>
<th scope="col" class="number">Quantity</th>
<th scope="col" class="number">Amount (${currency})</th>
</tr>
</thead>
<tbody>
${lines.length === 0 ? markup`<tr><td colspan="3">No lines.</td></tr>` : lines.map(lineOf)}
</tbody>
</table>`;
}

function lineOf({ title, details, quantity, amount }: DocumentLine): Markup {
  return markup`<tr>
<th scope="row"><bdi>${title}</bdi>
${details.map((text) => markup`<small><bdi>${text}</bdi></small>`)}</th>
<td class="number"><bdi>${quantity}</bdi></td>
<td class="number whole">${amount}</td>
</tr>`;
}

function totalOf({ label, value }: Labelled): Markup {
  return markup`<tr><th scope="row">${label}</th><td class="number">${value}</td></tr>`;
}
