(() => {
  let from = '';
  try { from = new URL(document.referrer).hostname; } catch { }
  navigator.sendBeacon('/visit', new URLSearchParams({ path: location.pathname, from }));
})();
