// What the policy promises about conduct, as checks over what was observed. Each answers what is wrong; none asks a host
// itself, so that each can be shown a planted defect.

/** HTTPS: whatever is asked in the clear is sent to the same place by HTTPS, and the browser is told to stay there. */
export function https(answers, site) {
  return answers.flatMap(({ path, status, headers }) => [
    status !== 308 && `${path} answers ${status} in the clear`,
    headers.location !== `${site}${path}` && `${path} leads to ${headers.location}`,
    !/max-age=(3153[6-9]\d{3}|31[6-9]\d{5}|3[2-9]\d{6}|[4-9]\d{7}|\d{9,})/.test(headers['strict-transport-security'] ?? '') && `${path} does not ask for HTTPS for a year`,
  ].filter(Boolean));
}

/** Restricted access: what somebody without a key gets holds nothing of a person. */
export function restricted(answers, secrets) {
  return answers.flatMap(({ path, text }) => secrets.filter((secret) => text.includes(secret)).map((secret) => `${path} shows ${secret}`));
}

/** No cookies: nobody who only looks is given one. */
export function noCookies(answers) {
  return answers.filter(({ headers }) => headers['set-cookie']).map(({ path }) => `${path} sets a cookie`);
}

/** No sale: a page loads nothing from elsewhere, and its forms lead to declared processors only. */
export function nothingElsewhere(answers, formHosts) {
  return answers.flatMap(({ path, text, headers }) => {
    const policy = headers['content-security-policy'] ?? '';
    const hosts = (/form-action ([^;]*)/.exec(policy)?.[1] ?? 'missing').split(' ').filter((source) => source !== "'self'").map((source) => source.replace('https://', ''));
    const undeclared = hosts.filter((host) => !formHosts.includes(host)).map((host) => `${path} may send a form to ${host}`);
    const open = /(?:script|style|img|font|connect)-src ([^;]*)/g;
    const sources = [...policy.matchAll(open)].flatMap(([, list]) => list.split(' ')).filter((source) => !["'self'", "'none'", 'data:'].includes(source) && !source.startsWith("'sha256-"));
    // What is named and not loaded: the page's own address, and other forms of it.
    const tags = [...text.matchAll(/<(?:script|img|link|iframe|source)\b[^>]*>/g)].map(([tag]) => tag).filter((tag) => !/rel="?(canonical|alternate)\b/.test(tag));
    const hosts_loaded = tags.map((tag) => /\b(?:src|href)="?(?:https?:)?\/\/([^"/> ]+)/.exec(tag)?.[1]).filter(Boolean);
    const foreign = hosts_loaded.map((host) => `${path} loads something from ${host}`);
    return [...undeclared, ...sources.map((source) => `${path} may load from ${source}`), ...foreign];
  });
}

/** No card data: no page of ours asks for it. */
export function noCardFields(answers) {
  const field = /<(?:input|select)\b[^>]*\b(?:autocomplete="cc-|name="[^"]*(?:card|cvc|cvv|iban)[^"]*")/i;
  return answers.filter(({ text }) => field.test(text)).map(({ path }) => `${path} has a field for a card`);
}

/** Contact: every page names the address, and leads to the support page. */
export function contacts(answers, email) {
  return answers.flatMap(({ path, text }) => [
    !text.includes(`mailto:${email}`) && `${path} does not name ${email}`,
    !/href="\/support\/"/.test(text) && `${path} does not lead to the support page`,
  ].filter(Boolean));
}
