// What an auditor of consent does with a site, in a browser: look, refuse, allow, take it back, send a privacy signal, forge
// a cookie. What is wrong comes back as sentences; of a site in order, none.

const COOKIE = '__Host-Http-consent';
const LASTS_S = 180 * 86_400;
const PAGES = ['/', '/pricing/', '/support/'];

/** Everything that a browser keeps for a site. */
export async function kept(page) {
  const cookies = await page.context().cookies();
  const storage = await page.evaluate(async () => ({
    local: Object.keys(localStorage), session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  }));
  return { cookies, ...storage };
}

const nothing = ({ cookies, local, session, databases, caches }) => cookies.length + local.length + session.length + databases + caches === 0;

export async function audit(browser, url) {
  const problems = new Set();
  const expect = (holds, problem) => holds || problems.add(problem);
  const inContext = async (options, look) => {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(5_000);
    page.on('request', (request) => expect(request.url().startsWith(url) || request.url().startsWith('data:'), 'something is asked of another host'));
    page.on('response', async (response) => {
      // A page that is left takes its answers with it.
      const headers = await response.allHeaders().catch(() => ({}));
      if (response.request().method() === 'GET' && headers['set-cookie']) problems.add('looking sets a cookie');
    });
    try {
      await look(page, context);
    } catch (error) {
      problems.add(`it cannot be used: ${error.message.split('\n')[0]}`);
    }
    await context.close();
  };
  const gated = (page) => page.locator('script:not([src], [type="application/ld+json"])').count();

  await inContext({}, async (page) => {
    for (const path of PAGES) {
      await page.goto(url + path);
      expect(await gated(page) === 0, 'a script is in the page before it was allowed');
      expect(await page.locator('footer a[href="/consent"]').count() > 0, 'the footer does not lead to the decision');
    }
    expect(nothing(await kept(page)), 'something is kept before it was allowed');
    await page.goto(url);
    const looks = await page.evaluate(() => {
      const banner = document.getElementById('cookie-consent');
      if (!banner) return null;
      const look = (button) => {
        const style = getComputedStyle(button);
        const { width, height } = button.getBoundingClientRect();
        return [button.tagName, Math.round(width), Math.round(height), style.color, style.backgroundColor, style.borderColor, style.fontWeight, style.fontSize, style.opacity].join(' ');
      };
      const [reject, accept] = ['reject', 'accept'].map((value) => banner.querySelector(`button[name=choice][value=${value}]`));
      return {
        hasReject: Boolean(reject), hasAccept: Boolean(accept),
        alike: reject && accept && look(reject) === look(accept),
        first: reject && accept && Boolean(reject.compareDocumentPosition(accept) & Node.DOCUMENT_POSITION_FOLLOWING),
        ticked: banner.querySelectorAll(':checked').length,
        named: Boolean(banner.getAttribute('aria-label')), modal: banner.hasAttribute('aria-modal') || banner.getAttribute('role') === 'dialog',
        focused: document.activeElement !== document.body,
        share: banner.getBoundingClientRect().height / innerHeight,
      };
    });
    if (!looks) return problems.add('nobody is asked');
    expect(looks.hasReject && looks.hasAccept, 'one of the two answers is missing');
    expect(looks.alike, 'rejecting and accepting do not look alike');
    expect(looks.first, 'rejecting does not come first');
    expect(looks.ticked === 0, 'a box is ticked already');
    expect(looks.named && !looks.modal && !looks.focused, 'the question takes the page over');
    expect(looks.share <= 0.5, 'the question covers the page');
    return undefined;
  });

  await inContext({ javaScriptEnabled: false }, async (page, context) => {
    await page.goto(url);
    await page.locator('#cookie-consent button[value=reject]').click();
    await page.waitForLoadState();
    expect(await page.locator('#cookie-consent').count() === 0, 'a refusal does not end the question');
    expect(await gated(page) === 0, 'a script is in the page after a refusal');
    check(await context.cookies());
  });

  await inContext({}, async (page, context) => {
    await page.goto(url);
    await page.locator('#cookie-consent button[value=accept]').click();
    await page.waitForLoadState();
    check(await context.cookies());
    expect(await gated(page) > 0, 'what was allowed is not there');
    await page.locator('#scheme').selectOption('dark');
    expect((await kept(page)).local.join() === 'preferences', 'something is kept that no table names');
    await page.goto(`${url}/consent`);
    await page.getByRole('button', { name: 'Withdraw my consent' }).click();
    await page.waitForLoadState();
    expect((await kept(page)).local.length === 0, 'what was kept stays after it was taken back');
    await page.goto(url);
    expect(await gated(page) === 0, 'a script is in the page after it was taken back');
  });

  await inContext({ extraHTTPHeaders: { 'sec-gpc': '1' } }, async (page) => {
    await page.goto(url);
    expect(await page.locator('#cookie-consent').count() === 0, 'somebody is asked despite a privacy signal');
    expect(await gated(page) === 0, 'a script is in the page despite a privacy signal');
    expect(await page.getByText('privacy signal is honored').count() === 1, 'nothing says that the signal is honored');
    expect(nothing(await kept(page)), 'something is kept despite a privacy signal');
  });

  // No page can forge this cookie, so the auditor sends it without one.
  await inContext({}, async (_, context) => {
    const answer = await context.request.get(url, { headers: { cookie: `${COOKIE}=accept` } });
    expect(!/<script>/.test(await answer.text()), 'a forged cookie counts');
  });

  function check(cookies) {
    const [cookie] = cookies;
    const left = cookie ? cookie.expires - Date.now() / 1000 : 0;
    expect(cookies.length === 1 && cookie.name === COOKIE, 'the decision lies in another cookie, or in none');
    if (!cookie) return;
    expect(cookie.httpOnly, 'scripts can read the decision');
    expect(cookie.secure && cookie.sameSite === 'Lax' && cookie.path === '/', 'the cookie of the decision is not confined');
    expect(Math.abs(left - LASTS_S) < 60, 'the decision does not last 180 days');
  }
  return [...problems];
}
